# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants wrong formulas in a scratch copy of the sources, switches them on one at a time, and asks `nnft validate` to find them.

    python3 Tests/Planted/planted.py [--only WORDS ...] [--scratch DIRECTORY]
    python3 Tests/Planted/planted.py --check

All faults go into one build: each right expression becomes `planted(k) ? wrong : right`, and the environment variable NNFT_PLANTED=k chooses the wrong one. A fault
counts as caught if the suites named beside it exit with 1 in the quick tier, "claims did not come out as expected"; the same program with no fault chosen must pass.
The build takes minutes, every fault the time of its suites. `--check` builds nothing: it says in a second whether every expression is where it is looked for.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXACT = "Sources/FieldTheories/ExactResults/"
NETS = "Sources/FieldTheories/Architectures/"

WEIGHTS = "Sources/FieldTheories/OutputWeightLaw.swift"
INSERTIONS = "Sources/FieldTheories/Insertions/"
TABLES = "Sources/Correlators/"
NEURONS = "Sources/NeuronMoments/"
SAMPLING = "Sources/ParameterSampling/"
LEARNING = "Sources/KnownValues/Learning/"
KNOWN = "Sources/KnownValues/Interacting/"
FEATURES = "Sources/KnownValues/FeatureLearning/"

# What is at fault, as the matrix of claims names it; the suites, or the tests, that must find it; what is wrong; where; the right expression, between « and » in
# enough of its line to occur once in its file; the wrong expression.
FAULTS = [
    ("architectures cos-net", "free-theory", "a factor 2: moments of a cosine", EXACT + "CosineNeurons.swift",
     "return «sum / Double(1 << (n - 1))»", "sum / Double(1 << n)"),
    ("weights gaussian", "free-theory", "a factor 2: variance of the Gauss-net's output weights drawn as in the Cos-net", WEIGHTS,
     "weights[i] *= «sigma» }", "sigma * 2.0.squareRoot()"),
    ("estimators point-functions", "free-theory", "a sign: disconnected part of G4c", EXACT + "NeuronSum+ExactCorrelators.swift",
     "- «mu2» * mu2 * Pairings.four.reduce(0)", "-mu2"),
    ("estimators six-point-xxxyyy", "free-theory", "a sign: last term of G6c", EXACT + "NeuronSum+ExactCorrelators.swift",
     "+ «2» * mu2 * mu2 * mu2 * Pairings", "-2"),
    ("architectures cos-net", "free-theory", "sigma_b for sigma_w0: width of the Cos-net's kernel", NETS + "CosNet.swift",
     "exp(«-sigmaW0 * sigmaW0» * z.squaredNorm / Double(2 * dimension))", "-Double.pi * .pi / 3"),
    ("architectures gauss-net", "free-theory universality", "sigma_b for sigma_w0: momenta of the Gauss-net", NETS + "GaussNet.swift",
     "public var momentumVariance: Double { «sigmaW0 * sigmaW0» / Double(dimension) }", "sigmaB0 * sigmaB0"),
    ("estimators four-point-xxyy", "free-theory", "missing 1/N: G4c", EXACT + "NeuronSum+ExactCorrelators.swift",
     "case 4: return jointCumulant4(points) / «n»", "1"),
    ("estimators six-point-xxxxyy", "free-theory", "1/N for 1/N^2: G6c", EXACT + "NeuronSum+ExactCorrelators.swift",
     "jointCumulant6(points) / «(n * n)»", "n"),
    ("architectures cos-net", "free-theory", "missing 1/d: momenta drawn by the Cos-net", NETS + "CosNet.swift",
     "{ sigmaW0 / «Double(dimension)».squareRoot() }", "1"),
    ("architectures infinite-width", "free-theory", "momenta p for phat: lattice propagator", EXACT + "LatticeSpectrum.swift",
     "let root = 2 / lattice.spacing * «sin(.pi * Double(n) / Double(extent))»", "Double.pi * Double(min(n, extent - n)) / Double(extent)"),
    ("insertions phi4", "interactions", "lambda/3! for lambda/4!", INSERTIONS + "QuarticInsertion.swift",
     "even: [0, coupling / «24»]", "6"),
    ("estimators four-point-xxyy", "free-theory", "one pairing missing: estimator of G4c(x,x,y,y)", TABLES + "CoincidentFourPoint.swift",
     "bins.mean(four) - g00 - «2» * bins.product(two, two)", "1"),
    ("samplers reweighting", "samplers interactions", "sign of the potential: weights exp(+S)", SAMPLING + "Reweighting.swift",
     "logWeight: «-walker.action»))", "walker.action"),
    ("moves neuron-refresh", "samplers", "half of -S in the acceptance of a redrawn block", SAMPLING + "NeuronRefresh.swift",
     "< «-coupling» * (action - walker.action)", "-0.5 * coupling"),
    ("architectures deep-net", "finite-width", "moments of relu without their 1/2", EXACT + "DeepNet+ExactCorrelators.swift",
     "activation == .relu ? «0.5» : 1)", "1.0"),
    ("architectures mode-net", "renormalisation", "eigenvalues for their roots: fields of modes", SAMPLING + "HarmonicRotation.swift",
     "scales: modes.eigenvalues.map { «$0.squareRoot()» }", "$0"),
    ("architectures mode-net", "renormalisation", "no eigenvalues: the learner at places of its inputs",
     "Sources/FieldSynthesis/GaussianField.swift", "(place, «zip(deviations, expansion.coefficients(kind)).map(*)») }", "expansion.coefficients(kind)"),
    ("insertions length", "renormalisation", "U/2 for U/4", SAMPLING + "HarmonicRotation.swift",
     "length.ridge / 2 * rho + length.coupling / «4» * rho * rho", "2"),
    ("architectures dense-net", "feature-learning", "a factor 2: ln det for half of it in the posterior of a population loss", SAMPLING + "PopulationLoss.swift",
     "return 0.5 * prior + «0.5» * factor.logDeterminant", "1.0"),
    ("architectures dense-net", "feature-learning", "a sign: cubic target of the population loss", SAMPLING + "PopulationLoss.swift",
     "targets[i] = (2 * q - «4» * system.cubic", "-4"),
    ("architectures dense-net", "feature-learning", "2q^2 for 4q^2 in Q_11, as printed", FEATURES + "GrokkingTransition.swift",
     "self.init(net, kernelFactor: «4») }", "2"),
    ("architectures dense-net", "feature-learning", "P for P^2 in the pull of modular addition, as printed", FEATURES + "GrokkingTransition.swift",
     "2 * outputVariance * a * a * modulus * «modulus» / (neurons * noise * noise)", "2"),
    ("architectures dense-net", "feature-learning", "the mean length for the free one in kernel adaptation", FEATURES + "TeacherNeuron.swift",
     "if «level == .freeLength» {", "level == .frozenLength"),
    ("architectures dense-net", "feature-learning", "a factor 2: variance of output weights in the kernel that adapts", FEATURES + "GaussianWeights.swift",
     "row.append(«variance» * value)", "2 * variance"),
    ("estimators momentum-propagator", "renormalisation", "the shell below the cutoff left out, not the one above it", TABLES + "MomentumCutoff.swift",
     "return «lattice.phat(mode) <= cutoff * (1 + 1e-12)» ? 1", "lattice.phat(mode) > cutoff"),
    ("moves rotation", "renormalisation", "kinetic energy without the masses", SAMPLING + "HarmonicRotation.swift",
     "targets: length?.targets ?? [Double](repeating: 0, count: modes.width), centres: centres, masses: «frequencies»)", "frequencies.map { _ in 1.0 }"),
    ("estimators mode-means", "renormalisation", "a sign: the field for the discrepancy", TABLES + "ModeTable.swift",
     "sum[k] += y[k] - «field[k]» }", "(-field[k])"),
    ("estimators mode-variances", "renormalisation", "half of the square of the mean taken off", TABLES + "ModeTable.swift",
     "bins.mean(targets.count + $0) - «bins.product($0, $0)»", "0.5 * bins.product($0, $0)"),
    ("architectures scalar-net", "free-theory", "amplitudes k^2 + m^2 without the root at alpha = -1", NETS + "AlphaNet.swift",
     "scale * weights[i] / «amplitudes[i].squareRoot()»", "amplitudes[i]"),
    ("architectures alpha-net", "universality", "alpha for alpha/2 in the amplitudes", NETS + "AlphaNet.swift",
     "scale * weights[i] * pow(amplitudes[i], «0.5 * alpha»)", "alpha"),
    ("architectures euclidean-net", "free-theory", "a factor 2: amplitude of a target spectrum", NETS + "EuclideanNet.swift",
     "(«2» * target(k) / (outputWeights.variance", "1"),
    ("architectures scalar-net-lattice", "free-theory", "a factor 2: amplitudes of lattice modes", NETS + "LatticeAlphaNet.swift",
     "{ («2» * z * pow($0, -alpha)).squareRoot() }", "1"),
    ("architectures dense-net", "free-theory", "missing 1/d: input weights of a hidden layer", NETS + "SharedForms.swift",
     "sigma: (index == 0 ? «inputScale»", "inputScale * Double(layer.inputs).squareRoot()"),
    ("architectures sine-net", "free-theory", "first order for sinh: moments of two sines", NETS + "SineNet.swift",
     "exp(-diagonal) * «sinh(across)»", "across"),
    ("architectures deep-net", "finite-width", "missing 1/inputs: weights of deep layers", NETS + "SharedForms.swift",
     ": «sigmaW») / Double(layer.inputs).squareRoot()", "sigmaW * Double(layer.inputs).squareRoot()"),
    ("architectures infinite-width", "free-theory", "no volume of a cell: noise of the free field", NETS + "FreeLatticeField.swift",
     "let scale = 1 / «lattice.cellVolume»", "1"),
    ("weights gaussian", "free-theory", "2n - 1 for 2n + 1: moments of Gaussian weights", WEIGHTS,
     "case .gaussian: return product { «2 * $0 + 1» }", "$0 + 1"),
    ("weights constant", "free-theory", "fourth moment of a Gaussian for constant weights", WEIGHTS,
     "case .constant: return «1»", "order > 2 ? 3 : 1"),
    ("weights uniform", "free-theory", "half the width of uniform weights", WEIGHTS,
     "sigma * «12.0».squareRoot() * (u - 0.5)", "3.0"),
    ("weights laplace", "free-theory", "missing 2^{-1/2} of Laplace weights", WEIGHTS,
     "2 * (1 - u)) / «2.0».squareRoot()", "1.0"),
    ("weights rayleigh", "free-theory", "2 sigma^2 for sigma^2: Rayleigh weights", WEIGHTS,
     "sigma * («-log(u)»).squareRoot()", "-2 * log(u)"),
    ("weights sphere", "free-theory", "|v|^2 = sigma^2 for D sigma^2: weights on the sphere", WEIGHTS,
     "let radius = «(Double(outputs) * variance)».squareRoot()", "variance"),
    ("estimators component-four-point", "free-theory", "a factor D: disconnected part of aabb", TABLES + "ComponentSymmetry.swift",
     "- g00 - «2 / d» * bins.product(two, two)", "2"),
    ("estimators component-symmetry", "free-theory", "one of two mixed pairings missing in what breaks O(D)", TABLES + "ComponentSymmetry.swift",
     "return squares - different - «2» * mixed", "1"),
    ("estimators component-point-functions", "free-theory", "a factor D: disconnected parts of other pairings",
     TABLES + "ComponentPointFunctions.swift", "($1 == k ? 1 : «1 / d») * pairs[$1]", "1"),
    ("insertions phi4", "interactions", "V of one component for V of the length", SAMPLING + "VectorAction.swift",
     "for component in «0..<components» {\n      let phi = field.pointer + component * stride\n      for x in 0..<stride { lengths", "0..<1"),
    ("estimators momentum-propagator", "free-theory", "one volume of a cell missing: G(p)", TABLES + "MomentumPropagator.swift",
     "scale = «lattice.cellVolume» * lattice.cellVolume / lattice.volume", "1"),
    ("estimators four-point-xxxy", "free-theory", "two pairings for three: G4c(x,x,x,y)", TABLES + "CoincidentFourPoint.swift",
     "bins.mean(four) - «3» * bins.product(0, two)", "2"),
    ("estimators four-point-split", "free-theory", "one pairing twice: G4c(0, r1, y, y + r2)", TABLES + "SplitFourPoint.swift",
     "- «bins.product(g[4], g[5])»", "bins.product(g[2], g[3])"),
    ("estimators zero-momentum", "free-theory", "two pairings for three: chi4", TABLES + "ZeroMomentum.swift",
     "(fourth - «3» * bins.product(0, 0))", "2"),
    ("estimators zero-momentum-cumulants", "free-theory", "two pairings for three: kappa4 of moments", TABLES + "ZeroMomentumCumulants.swift",
     "{ bins.mean(m[1]) - «3» * bins.product(m[0], m[0]) }", "2"),
    ("estimators six-point-xxxyyy", "free-theory", "6 for 9 ways: G6c(x,x,x,y,y,y)", TABLES + "CoincidentSixPoint.swift",
     "- «9» * bins.product(g, c22)", "6"),
    ("estimators six-point-xxxxyy", "free-theory", "6 for 8 ways: G6c(x,x,x,x,y,y)", TABLES + "CoincidentSixPoint.swift",
     "- «8» * bins.product(g, c31)", "6"),
    ("estimators trispectrum", "free-theory", "no volume beside a product of powers", TABLES + "Trispectrum.swift",
     "sum - «lattice.volume» * bins.product(", "1"),
    ("estimators trispectrum-pairs", "free-theory", "one of two pairings of equal modes", TABLES + "PairTrispectrum.swift",
     "(q == k ? «2» / Double(", "1"),
    ("estimators time-slice", "free-theory", "one volume of a cell missing: C(t)", TABLES + "TimeSlices.swift",
     "let norm = «lattice.cellVolume» * lattice.cellVolume / (lattice.volume", "1"),
    ("estimators effective-mass", "free-theory", "mass in lattice units", TABLES + "EffectiveMass.swift",
     "log1p($0 + ($0 * (2 + $0)).squareRoot()) / «spacing»", "max(1, spacing)"),
    ("estimators order-parameter", "interactions", "<Phi> for <|Phi|>", TABLES + "OrderParameter.swift",
     "sums[1] += «abs(phi)»", "phi"),
    ("estimators connected-two-point", "interactions", "the disconnected part left in", TABLES + "ConnectedTwoPoint.swift",
     "let disconnected = «bins.product(shells.count, shells.count)»", "0 * bins.product(shells.count, shells.count)"),
    ("estimators structure-function", "free-theory", "G2 once for twice in <(phi - phi)^2>", TABLES + "StructureFunction.swift",
     "{ $0.0 + $0.1 - «2» * $1 }", "1"),
    ("estimators local-operators", "free-theory", "<phi^2>^2 for the product of means", TABLES + "LocalOperators.swift",
     "let product = «bins.product(powers.0 / 2 - 1, powers.1 / 2 - 1)»", "bins.product(0, 0)"),
    ("estimators vertex-operators", "free-theory", "cos cos - sin sin: charges of one sign", TABLES + "VertexOperators.swift",
     "zip(cosines(), sines()).map { «$0 + $1» }", "$0 - $1"),
    ("estimators one-point-distribution", "free-theory", "counts for a density", TABLES + "OnePointDistribution.swift",
     "1 / («step» * Double(count)))", "1"),
    ("estimators one-point-cumulants", "free-theory", "kurtosis without its 3", TABLES + "OnePointCumulants.swift",
     "(fourth / (second * second)).map { $0 - «3» }", "1"),
    ("estimators point-functions", "finite-width", "a sign: last term of a connected 6-point function", TABLES + "PointFunctions.swift",
     "connected = connected + «2» * bins.product(", "-2"),
    ("estimators two-point", "free-theory", "shells at twice their distance", TABLES + "TwoPointFunction.swift",
     "$0.point(spacing: «lattice.spacing»)", "2 * lattice.spacing"),
    ("estimators neuron-four-point-xxyy", "free-theory", "N/B for B/N: connected functions from single neurons", NEURONS + "NeuronSpaceEstimator.swift",
     "let connected = «c» * (full - pairs)", "1 / c"),
    ("estimators tilted-point-functions", "free-theory", "1/N missing: tilted neurons", NEURONS + "TiltedPointFunctions.swift",
     "«(1 / n)» * (quartic - pairs)]", "1"),
    ("insertions mass", "interactions", "delta for delta/2", INSERTIONS + "MassInsertion.swift",
     "even: [shift / «2»]", "1"),
    ("insertions phi6", "interactions", "eta/5! for eta/6!", INSERTIONS + "SexticInsertion.swift",
     "even: [0, 0, coupling / «720»]", "120"),
    ("insertions polynomial", "interactions", "c/2 for c", INSERTIONS + "PolynomialInsertion.swift",
     "LocalPotential(even: «coefficients»)", "coefficients.map { $0 / 2 }"),
    ("insertions normal-ordered-phi4", "interactions", "G0^2/24 for 3 G0^2/24", INSERTIONS + "NormalOrderedInsertion.swift",
     "coupling * freeVariance * freeVariance / «8»", "24"),
    ("insertions source", "interactions", "2 J for J", INSERTIONS + "SourceInsertion.swift",
     "LocalPotential(source: «strength»", "2 * strength"),
    ("regions lattice", "interactions", "no volume of a cell: action on sites", SAMPLING + "SiteAction.swift",
     "scale = isListed ? 1 : «lattice.cellVolume»", "1"),
    ("regions box", "interactions", "volume of the lattice for that of the box", INSERTIONS + "Regions/BoxRegion.swift",
     "{ «pow(side, Double(lattice.dimension))» }", "lattice.volume"),
    ("regions box", "interactions", "2 n_max + 1 sites a side for 4 n_max + 1: aliased phi^4", NETS + "BoxAlphaNet.swift",
     "let extent = «4 * greatestMode + 1»", "2 * greatestMode + 1"),
    ("regions envelope", "interactions", "pi for 2 pi: volume under an envelope", INSERTIONS + "Regions/EnvelopeRegion.swift",
     "pow((«2» * Double.pi).squareRoot() * length,", "1"),
    ("regions points", "interactions", "weights of points forgotten", INSERTIONS + "Regions/PointsRegion.swift",
     "{ .points(points, weights: «weights») }", "weights.map { _ in 1 }"),
    ("samplers chains", "samplers", "chains at half the coupling", SAMPLING + "MarkovChains.swift",
     "coupling: «1», &random, tuning: false", "0.5"),
    ("samplers smc", "samplers", "half of -S in the weights of particles", SAMPLING + "SequentialMonteCarlo.swift",
     "walker.action.isFinite ? «delta» * walker.action", "0.5 * delta"),
    ("samplers tempering", "samplers", "a sign: exchange of couplings", SAMPLING + "ParallelTempering.swift",
     "(«ladder[low] - ladder[low + 1]») *", "ladder[low + 1] - ladder[low]"),
    ("samplers auto", "test:InteractingRunTests", "reweighting chosen where weights are uneven", "Sources/EnsembleRuns/Interacting/SamplerChoice.swift",
     "if «fraction >= Self.comfortableFraction»,", "fraction < Self.comfortableFraction"),
    ("samplers collapsed", "learning", "T^P missing: ln det(1 + K/T)", SAMPLING + "CollapsedReadout.swift",
     "(factor.logDeterminant - «noiseLogarithm»)", "0"),
    ("samplers collapsed", "learning", "a sign: y.t in the weight of hidden parameters", SAMPLING + "CollapsedReadout.swift",
     "- «0.5» * square - collapsed.constant", "-0.5"),
    ("samplers exact", "learning", "fields pulled to the labels without their noise", SAMPLING + "ExactDraws.swift",
     "labels[mu] + «noises[mu].squareRoot()» * noise", "0"),
    ("samplers collapsed-chains", "learning", "a sign: change of y.t under a replaced neuron", SAMPLING + "CollapsedReadout.swift",
     "+ «0.5» * gain", "-0.5"),
    ("estimators predictor", "learning", "half the kernel to the data: conditional mean", SAMPLING + "CollapsedReadout.swift",
     "$0 + «crossed[a * p + $1]» * forces[$1]", "0.5 * crossed[a * p + $1]"),
    ("estimators predictive-covariance", "learning", "products of means added, not subtracted", TABLES + "PosteriorTable.swift",
     "bins.mean(row) - «bins.product(singles[row].0, singles[row].1)»", "-1 * bins.product(singles[row].0, singles[row].1)"),
    ("estimators pin-forces", "learning", "phi/T^2 for phi/T", TABLES + "PosteriorTable.swift",
     "constant - $0 / «noise»", "noise * noise"),
    ("estimators loss", "learning", "a sign: variance in the bias of the predictor", TABLES + "Loss.swift",
     "(«product» - 2 * label * bins.mean(mean))", "bins.mean(square)"),
    ("insertions data", "learning", "half of y.t: ln Z of a Gaussian field under data", KNOWN + "GaussianFieldSolution.swift",
     "0.5 * («work» - (posterior?.logDeterminant ?? 0))", "0.5 * work"),
    ("insertions data", "learning", "a sign: what data take from the covariance of a Gaussian field", KNOWN + "GaussianFieldSolution.swift",
     "kernel(x, $0)! - «dot(distinct[x]!.u, distinct[$0]!.u)»", "-1 * dot(distinct[x]!.u, distinct[$0]!.u)"),
    ("insertions data", "learning", "the prior's density for the posterior's at one datum", LEARNING + "SingleDatumPosterior.swift",
     "zip(density, insertion).map { $0 * «$1» * spacing / known }", "(0 * $1 + 1)"),
    ("insertions data", "learning", "<Q> for <Q^2> in the covariance of a linear network", LEARNING + "LinearNetworkPosterior.swift",
     "(power == 2 ? «q * q» : q) *", "q"),
    ("insertions data", "learning", "2/N for 1/N: the law of the scale of a linear network", LEARNING + "QuadraticScale.swift",
     "Double(n) / 2 * (u - «exp(u)» + log(Double(n) / 2))", "0.5 * exp(u)"),
    ("architectures dense-net", "learning", "a factor 2: error of two data on the sphere", LEARNING + "SphereRegression.swift",
     "return symmetric + antisymmetric - «4» * (i1 * learnt + i2 * s)", "2"),
    ("architectures dense-net", "learning", "P T/kappa for T/kappa: effective ridge", LEARNING + "LearningCurve.swift",
     "var (value, slope) = («ridge / kappa», -ridge / kappa)", "count * ridge / kappa"),
    ("architectures dense-net", "test:OutputVectorTests", "a sign: variance across the label of several outputs", LEARNING + "VectorDatumPosterior.swift",
     "perpendicularVariance = noise + «noise * noise» * first / length", "-noise * noise"),
    ("insertions data", "learning", "1/T for 1/2T in the likelihood", INSERTIONS + "DataInsertion.swift",
     "even: [1 / («2» * temperature)])", "1"),
    ("moves slice", "samplers", "fresh weights of twice their scale", SAMPLING + "EllipticalSlice.swift",
     "freshWeights[i] = «scale» * fresh", "2 * scale"),
    ("moves hmc", "samplers", "half of S in the energy", SAMPLING + "HamiltonianMonteCarlo.swift",
     "var sum = «coupling» * walker.action", "0.5 * coupling"),
    ("moves pcn", "samplers", "half of the action in the acceptance", SAMPLING + "CrankNicolson.swift",
     "-«coupling» * (trial.action - walker.action)", "0.5 * coupling"),
    ("moves pair", "samplers", "ratio of proposal densities upside down", SAMPLING + "PairMove.swift",
     "return «log(0.5 * (pairs / prior) + 0.5)»", "-log(0.5 * (pairs / prior) + 0.5)"),
    ("moves small-steps", "samplers", "no density of the momenta in the acceptance", SAMPLING + "SmallSteps.swift",
     "let exponent = «ratio» - coupling * (action - walker.action)", "ratio * 0"),
    ("moves sign-flip", "samplers", "half of the weights flipped, all of the field", SAMPLING + "SignFlip.swift",
     "for i in 0..<«width» { v[i] = -v[i] }", "(width + 1) / 2"),
    ("moves zero-mode", "samplers", "no density of the noise in the acceptance", SAMPLING + "ZeroModeShift.swift",
     "-coupling * (action - walker.action) - «prior»", "0 * prior"),
    ("moves cluster", "samplers", "bonds of half their strength", SAMPLING + "ClusterFlip.swift",
     "doubledLink = bondFactor * «2» * lattice.cellVolume", "1"),
    ("moves site", "samplers", "what the Gaussian takes over left in the potential", SAMPLING + "SiteUpdates.swift",
     "even[0] -= «(precision - free) / 2»", "0 * precision"),
    ("priors hartree", "samplers", "a sign: counterterm of a shifted mass", INSERTIONS + "HartreeMass.swift",
     "LocalPotential(even: [(«massSquared - shifted») / 2])", "shifted - massSquared"),
    ("priors hartree", "interactions", "a factor 2: ln Z of a shifted mass", INSERTIONS + "HartreeMass.swift",
     "return $0 + «0.5» * log(", "1"),
]

SWITCH = """// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

private let chosen = ProcessInfo.processInfo.environment["NNFT_PLANTED"].flatMap { Int($0) }

/// Whether the planted fault of this number is switched on.
public func planted(_ number: Int) -> Bool { number == chosen }
"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", action="append", default=[], help="faults whose words contain this; may be repeated")
    arguments.add_argument("--check", action="store_true", help="only see that every expression to be replaced occurs once in its file")
    arguments.add_argument("--scratch", help="where the copy is made and left; else a temporary place")
    options = arguments.parse_args()
    if options.check:
        stale = [fault for fault in FAULTS if occurrences(ROOT, fault) != 1]
        for fault in stale:
            print(f"STALE  {fault[0]}, {fault[2]}: the line is not in {fault[3]}, or more than once")
        print(f"{len(FAULTS)} faults in {len({fault[0] for fault in FAULTS})} registered things, {len(stale)} of them stale")
        return 1 if stale else 0
    if options.scratch:
        return campaign(pathlib.Path(options.scratch) / "nnft", options.only)
    with tempfile.TemporaryDirectory() as directory:
        return campaign(pathlib.Path(directory) / "nnft", options.only)


def occurrences(root, fault):
    path = root / fault[3]
    return path.read_text().count(fault[4].replace("«", "").replace("»", "")) if path.exists() else 0


def campaign(copy, only):
    copy.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", copy], input=archive, check=True)
    plant(copy)
    build = subprocess.run(["swift", "build", "-c", "release", "--product", "nnft"], cwd=copy, capture_output=True, text=True)
    if build.returncode != 0:
        sys.exit(build.stdout + build.stderr)
    if not only and validate(copy)[0] != 0:
        print("the program does not pass while no fault is switched on")
        return 1
    missed = 0
    for number, (thing, suites, words, *_) in enumerate(FAULTS):
        if only and not any(part in f"{thing}, {words}" for part in only):
            continue
        if suites.startswith("test:"):
            status, found = test(copy, suites[5:], number)
        else:
            status, found = validate(copy, suites.split(), number)
        caught = status == 1 and found
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'} {thing}, {words}: exit {status}, {len(found)} of {suites}, first: {found[0] if found else '-'}", flush=True)
    return 1 if missed else 0


def plant(copy):
    """Writes every fault and the switch into a copy of the sources."""
    (copy / "Sources/NumericalKernels/PlantedFaults.swift").write_text(SWITCH)
    for number, fault in enumerate(FAULTS):
        name, line, wrong = fault[3:]
        if occurrences(copy, fault) != 1:
            sys.exit(f"{fault[0]}, {fault[2]}: the line is not in {name}, or more than once")
        before, right, after = line.replace("»", "«").split("«")
        path = copy / name
        text = path.read_text().replace(before + right + after, f"{before}(planted({number}) ? ({wrong}) : ({right})){after}")
        if "import NumericalKernels" not in text:
            text = text.replace("\n\n", "\n\nimport NumericalKernels\n", 1)
        path.write_text(text)


def test(copy, name, number):
    """Exit status of the tests of a name while a fault is on, and those that failed."""
    command = ["swift", "test", "-c", "release", "--disable-xctest", "--scratch-path", ".build-test", "--filter", name]
    run = subprocess.run(command, cwd=copy, env=chosen(number), capture_output=True, text=True)
    return run.returncode, [line for line in (run.stdout + run.stderr).splitlines() if "recorded an issue" in line]


def validate(copy, suites=(), number=None):
    """Exit status while a fault is on, and the claims that did not come out as expected."""
    run = subprocess.run([copy / ".build/release/nnft", "validate", *suites, "--quiet"], env=chosen(number), capture_output=True, text=True)
    theory, claims = "", []
    for line in run.stdout.splitlines():
        if line and not line.startswith(" "):
            theory = line
        elif line.lstrip().startswith(("FAIL", "?")):
            claims.append(f"{theory}, {line.split(':')[0].split(None, 1)[1]}")
    return run.returncode, claims


def chosen(number):
    return os.environ if number is None else os.environ | {"NNFT_PLANTED": str(number)}


if __name__ == "__main__":
    sys.exit(main())
