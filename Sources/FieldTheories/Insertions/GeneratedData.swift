// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields
import NumericalKernels

/// Where data may come from beside the theory file, given by whoever can evaluate networks and read arrays.
public struct DataSources: Sendable {
  /// An array: its extents and its numbers in C order.
  public typealias Numbers = (shape: [Int], values: [Double])

  /// The field of one network of an architecture, drawn by a seed, at points: the teacher whose values data may be.
  public let teacher: @Sendable (_ net: any Architecture, _ seed: UInt64, _ points: [Point]) throws -> [Double]
  /// The arrays of these names in a NumPy file, those that it has.
  public let arrays: @Sendable (_ path: String, _ names: [String]) throws -> [String: Numbers]

  /// A way to evaluate networks, and one to read arrays.
  public init(
    teacher: @escaping @Sendable (_ net: any Architecture, _ seed: UInt64, _ points: [Point]) throws -> [Double],
    arrays: @escaping @Sendable (_ path: String, _ names: [String]) throws -> [String: Numbers]
  ) {
    (self.teacher, self.arrays) = (teacher, arrays)
  }
}

/// Data that a theory file describes in place of listing them: inputs from a law, labels from a formula or from a teacher network, with noise; and a test set.
///
///     inputs = "sphere"             # sphere, normal, uniform, grid
///     count = 20                    # P; of a grid along each axis
///     scale = 1.0                   # radius; standard deviation; half the side of the cube
///     target = "x1*x2"              # in x1 .. xd and r; or "teacher", a network of this architecture
///     label_noise = 0.05            # variance of noise on the labels
///     test_count = 8                # further inputs, of grids uniform ones, with labels free of noise
///     data_seed = 1
///
/// What came of it enters the resolved theory as `points`, `labels`, `test_points` and `test_labels`: results and checkpoints hold the data themselves. A pure function of
/// the keys; random numbers: stream "data", use of momenta for inputs, of output weights for noise.
enum GeneratedData {
  /// The laws of inputs.
  enum Inputs: String, CaseIterable {
    /// Uniform on the sphere of radius `scale` around the origin.
    case sphere
    /// Independent normal components of standard deviation `scale`.
    case normal
    /// Uniform in the cube of side 2 `scale` around the origin.
    case uniform
    /// Equidistant in that cube, its faces included.
    case grid
  }

  /// The keys beside `inputs` and `target`.
  private static let keys = ["inputs", "count", "scale", "target", "label_noise", "test_count", "data_seed"]
  /// The greatest number of data.
  private static let greatestCount = 4096
  /// The word for a target that is a network.
  private static let teacher = "teacher"

  /// Whether the table describes data in this way.
  static func isAsked(_ block: TheoryBlock) -> Bool { keys.contains(where: block.has) }

  /// Reads the keys and makes the data.
  static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> DataFile.Content {
    let dimension = context.lattice.dimension
    let inputs: Inputs = try block.choice("inputs")
    let count = try block.integer("count", in: 1...greatestCount)
    let scale = try block.number("scale", default: 1, in: 1e-30...1e30)
    let noise = try block.number("label_noise", default: 0, in: 0...1e30)
    let tests = try block.integer("test_count", default: 0, in: 0...greatestCount)
    let seed = UInt64(try block.integer("data_seed", default: 1, in: 0...Int.max))
    if inputs == .sphere, dimension == 1, count > 2 {
      throw block.fault("inputs", "a sphere in one dimension is two points", cure: "use inputs = \"uniform\"")
    }
    let stream = RandomStream(seed: seed, stream: "data")
    var points =
      inputs == .grid ? try grid(block, count, dimension, scale) : drawn(inputs, count, dimension, scale, stream, draw: 0)
    var further = drawn(inputs == .grid ? .uniform : inputs, tests, dimension, scale, stream, draw: 1)
    // Of lattice fields the nearest sites.
    if let lattice = context.architecture.ownLattice {
      points = points.map { nearest($0, lattice) }
      further = further.map { nearest($0, lattice) }
    }
    var values = try target(block, context, seed, points + further)
    let (first, _) = normals(stream, .outputWeight, points.count, draw: 0)
    for i in points.indices { values[i] += noise.squareRoot() * first[i] }
    let content = DataFile.Content(
      points: points, labels: Array(values.prefix(points.count)), weights: nil, testPoints: further,
      testLabels: Array(values.dropFirst(points.count)))
    forget(block)
    content.record(block, dimension)
    return content
  }

  /// The keys enter the resolved theory by what came of them.
  private static func forget(_ block: TheoryBlock) { for key in keys { block.forget(key) } }

  private static func target(_ block: TheoryBlock, _ context: InsertionContext, _ seed: UInt64, _ points: [Point]) throws
    -> [Double]
  {
    let text = try block.text("target")
    var values: [Double]
    if text == teacher {
      guard let field = context.sources?.teacher else {
        throw block.fault("target", "no teacher network is at hand here", cure: "give a formula, or points and labels")
      }
      values = try field(context.architecture, seed, points)
    } else {
      do {
        let formula = try RadialExpression(text, dimension: context.lattice.dimension)
        values = points.map { formula(at: $0) }
      } catch { throw block.fault("target", "column \(error.column): \(error.problem)", cure: error.cure) }
    }
    guard values.allSatisfy(\.isFinite) else {
      throw block.fault("target", "it is not a finite number at every input", cure: "change the formula, or the inputs")
    }
    return values
  }

  private static func normals(_ stream: RandomStream, _ use: RandomStream.Use, _ count: Int, draw: UInt64) -> ([Double], [Double])
  {
    var (first, second) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    stream.normalPairs(use: use, draw: draw, count: count, first: &first, second: &second)
    return (first, second)
  }

  private static func drawn(
    _ inputs: Inputs, _ count: Int, _ dimension: Int, _ scale: Double, _ stream: RandomStream, draw: UInt64
  ) -> [Point] {
    guard count > 0 else { return [] }
    var points = [Point](repeating: .zero, count: count)
    for pair in 0..<(dimension + 1) / 2 {
      var (first, second) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
      if inputs == .uniform {
        stream.uniformPairs(use: .momentum, draw: draw, block: UInt32(pair), count: count, first: &first, second: &second)
      } else {
        stream.normalPairs(use: .momentum, draw: draw, block: UInt32(pair), count: count, first: &first, second: &second)
      }
      for i in 0..<count {
        points[i][2 * pair] = inputs == .uniform ? 2 * first[i] - 1 : first[i]
        if 2 * pair + 1 < dimension { points[i][2 * pair + 1] = inputs == .uniform ? 2 * second[i] - 1 : second[i] }
      }
    }
    return points.map { scale * (inputs == .sphere ? $0 / $0.norm : $0) }
  }

  private static func grid(_ block: TheoryBlock, _ count: Int, _ dimension: Int, _ scale: Double) throws -> [Point] {
    let total = (0..<dimension).reduce(1) { product, _ in min(product * count, greatestCount + 1) }
    guard total <= greatestCount else {
      throw block.fault("count", "a grid of \(count) along each axis has more than \(greatestCount) points", cure: "give fewer")
    }
    let coordinates = (0..<count).map { count == 1 ? 0 : scale * (2 * Double($0) / Double(count - 1) - 1) }
    return (0..<total).map { number in
      var (point, rest) = (Point.zero, number)
      for axis in (0..<dimension).reversed() {
        point[axis] = coordinates[rest % count]
        rest /= count
      }
      return point
    }
  }

  private static func nearest(_ point: Point, _ lattice: Lattice) -> Point {
    var site = Point.zero
    for axis in 0..<lattice.dimension {
      let n = (point[axis] / lattice.spacing).rounded()
      let extent = Double(lattice.sites[axis])
      site[axis] = lattice.spacing * (n - extent * (n / extent).rounded(.down))
    }
    return site
  }
}
