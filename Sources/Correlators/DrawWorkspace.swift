// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// The current field of one worker, and the spatial correlations of its composites that estimators asked for.
///
/// Each composite is transformed once per draw, each correlation accumulated once, whoever asked. Per bin,
///
///     table(r) = Σ_draws Σ_x A(x) B(x+r) / (draws · pairs(r))      by   Σ_x A(x) B(x+r) = IFFT[ conj(FFT A) FFT B ].
///
/// Open boxes are zero-padded so far that no displacement that was asked for wraps, at most to 2L−1 sites an axis, and divided by the exact
/// number of pairs, `∏_μ (L_μ − span_μ)`; periodic boxes use plain transforms. Cost per draw: one padded real FFT a composite and one pass
/// over the spectrum a correlation.
///
/// A field of D components is measured component after component, so that every table but those of components speaks of one component, averaged over all of them:
/// `<φ_1 …>` is `D^{-1} Σ_a <φ_a …>`, an O(D) invariant where the theory has that symmetry.
public final class DrawWorkspace {
  /// Where the field lives.
  public let sites: SiteSet
  /// The field's values, written by the synthesizer, or by ``load()`` from ``singleField``; of several components the one in hand.
  public let field: AlignedBuffer<Double>
  /// Number D of components of a field.
  public let componentCount: Int
  /// All components of the draw, one after another, `D × sites`; ``field`` itself where there is one.
  public let components: AlignedBuffer<Double>
  /// Where a single-precision synthesizer writes; its field is transformed as it is.
  public let singleField: AlignedBuffer<Float>?
  /// Fields added to the current bin: D of every draw.
  public private(set) var drawsInBin = 0
  private let engine: (any CorrelationEngine)?
  private let addField: (() -> Void)?
  private let momentumCutoff: MomentumCutoff?

  /// Room for one field in a precision. In single precision the field is transformed over `unit`, a power of two near its size, so that its powers
  /// stay in range. Momenta above a `cutoff` are left out of every field: of a periodic lattice, in double precision.
  public init(sites: SiteSet, precision: FieldPrecision = .double, unit: Double = 1, components: Int = 1, cutoff: Double? = nil) {
    precondition(cutoff == nil || precision == .double, "DrawWorkspace: a cutoff takes double precision")
    if case .lattice(let lattice) = sites, let cutoff {
      momentumCutoff = MomentumCutoff(lattice, cutoff: cutoff)
    } else {
      precondition(cutoff == nil, "DrawWorkspace: a cutoff takes a lattice")
      momentumCutoff = nil
    }
    self.sites = sites
    let field = AlignedBuffer<Double>(count: sites.count, repeating: 0)
    componentCount = components
    self.components = components == 1 ? field : AlignedBuffer(count: components * sites.count, repeating: 0)
    let singleField = precision == .single ? AlignedBuffer<Float>(count: sites.count, repeating: 0) : nil
    (self.field, self.singleField) = (field, singleField)
    switch (sites, singleField) {
    case (.points, _): (engine, addField) = (nil, nil)
    case (.lattice(let lattice), nil):
      let transforms = CorrelationTransforms<Double>(lattice)
      (engine, addField) = (transforms, { transforms.accumulate(field.pointer) })
    case (.lattice(let lattice), let singleField?):
      let transforms = CorrelationTransforms<Float>(lattice, unit: unit)
      (engine, addField) = (
        transforms,
        {
          let inverse = Float(1 / unit)
          if unit != 1 { for i in 0..<singleField.count { singleField.pointer[i] *= inverse } }
          transforms.accumulate(singleField.pointer)
        }
      )
    }
  }

  /// Asks for the correlation of two composites; the handle reads its table at the end of a bin. `displacements` are those that will be
  /// read, all if left out: the shorter they are, the smaller the transforms of an open box. Requests come before the first field.
  public func requestCorrelation(_ a: CompositeField, _ b: CompositeField, at displacements: [[Int]]? = nil) -> Int {
    guard let engine, case .lattice(let lattice) = sites else {
      preconditionFailure("correlations by FFT need a lattice")
    }
    let reach = lattice.sites.indices.map { axis in
      displacements.map { $0.reduce(0) { max($0, abs($1[axis])) } } ?? lattice.sites[axis] - 1
    }
    return engine.request(a, b, reach: reach)
  }

  /// Asks for the transform of a composite; the handle reads its amplitudes after every draw.
  public func requestTransform(_ composite: CompositeField) -> Int {
    guard let engine else { preconditionFailure("transforms need a lattice") }
    return engine.request(composite)
  }

  /// `FFT(A)(n) = Σ_x e^{-2πi n·x/L} A(x)` of the current field on a periodic lattice; n = 0 on any.
  public func amplitude(_ transform: Int, mode: [Int]) -> ComplexDouble {
    engine!.amplitude(transform, mode: mode)
  }

  /// What the requests so far cost a field.
  public var demand: TransformDemand { engine?.demand ?? TransformDemand() }

  /// Adds the field just written to every requested correlation.
  public func load() {
    drawsInBin += 1
    if let singleField { for i in 0..<field.count { field.pointer[i] = Double(singleField.pointer[i]) } }
    momentumCutoff?.apply(field.pointer)
    addField?()
  }

  /// Keeps the field just written as component `number` of the draw, counted from 0.
  public func keep(component number: Int) {
    guard componentCount > 1 else { return }
    let place = components.pointer + number * sites.count
    if let singleField {
      for i in 0..<singleField.count { place[i] = Double(singleField.pointer[i]) }
    } else {
      place.update(from: field.pointer, count: field.count)
    }
  }

  /// Measures the draw just written: every component is loaded in turn and added to the accumulators, then the whole draw to those that read all components.
  public func measure(_ accumulators: [any CorrelatorAccumulator]) {
    for component in 0..<componentCount {
      if componentCount > 1 {
        let place = components.pointer + component * sites.count
        if let singleField {
          for i in 0..<singleField.count { singleField.pointer[i] = Float(place[i]) }
        } else {
          field.pointer.update(from: place, count: field.count)
        }
      }
      load()
      if momentumCutoff != nil { keep(component: component) }
      for accumulator in accumulators where !accumulator.readsAllComponents { accumulator.add() }
    }
    for accumulator in accumulators where accumulator.readsAllComponents { accumulator.add() }
  }

  /// Asks for the correlation of two composites and returns what reads it at the end of a bin: for each row the mean of `table(r)` over a
  /// shell, every member weighted with its number of pairs.
  public func requestMeans(_ a: CompositeField, _ b: CompositeField, over shells: [DisplacementShell]) -> () -> [Double] {
    let handle = requestCorrelation(a, b, at: shells.flatMap { $0.members.map(\.vector) })
    var members: [(index: Int, weight: Double)] = []
    return { [unowned self] in
      // Places are known once the first field has come.
      if members.isEmpty {
        members = shells.flatMap { shell in
          shell.members.map { member in
            let (index, perPair) = engine!.place(handle, of: member.vector)
            return (index, perPair * Double(member.pairCount) / Double(shell.pairCount))
          }
        }
      }
      let table = engine!.table(handle)
      let scale = 1 / Double(drawsInBin)
      var next = 0
      return shells.map { shell in
        var sum = 0.0
        for (index, weight) in members[next..<next + shell.members.count] { sum += weight * table.pointer[index] }
        next += shell.members.count
        return scale * sum
      }
    }
  }

  /// As ``requestMeans(_:_:over:)``, at single displacements in lattice units.
  public func requestValues(_ a: CompositeField, _ b: CompositeField, at displacements: [[Int]]) -> () -> [Double] {
    requestMeans(
      a, b,
      over: displacements.map {
        DisplacementShell(members: [Displacement(vector: $0, pairCount: 1)], representative: $0)
      })
  }

  /// Asks for `Σ_draws |FFT(A)(n)|²/draws` on a periodic lattice and returns what reads it at the end of a bin: for each group of modes n their sum.
  public func requestPowers(_ composite: CompositeField, over groups: [[[Int]]]) -> () -> [Double] {
    let handle = requestCorrelation(composite, composite, at: [])
    var places: [[Int]] = []
    return { [unowned self] in
      // Places are known once the first field has come.
      if places.isEmpty { places = groups.map { $0.map(engine!.place(ofMode:)) } }
      let (sums, factor) = engine!.powers(handle)
      let draws = Double(drawsInBin)
      return places.map { $0.reduce(0) { $0 + factor * sums.pointer[$1] / draws } }
    }
  }

  /// Visits the sums of the current bin.
  public func visit(_ state: inout StateVisitor) {
    state.visit(&drawsInBin)
    engine?.visit(&state)
  }

  /// Starts the next bin; called after every accumulator has handed out its primaries.
  public func startBin() {
    drawsInBin = 0
    engine?.reset()
  }
}

/// What correlations and amplitudes ask of the transforms of one field.
public struct TransformDemand: Sendable, Equatable {
  /// Sites of the grid that is transformed.
  public var gridSites = 0
  /// Composites transformed a field.
  public var transforms = 0
  /// Auto-correlations accumulated.
  public var powers = 0
  /// Correlations of two composites accumulated.
  public var crossSpectra = 0
}
