// swift-tools-version: 6.1
// SPDX-License-Identifier: GPL-3.0-or-later
import PackageDescription

// The rooms of the house, in the order in which data walks through them. A target may only use what
// stands above it in this table: `Correlators` (measurement) never sees `FieldTheories` (prediction).
let rooms: [(name: String, uses: [Target.Dependency])] = [
  ("NumericalKernels", ["CKernels", "CFFTW", "COpenBLAS", "CGSL"]),
  ("LatticeFields", ["NumericalKernels"]),
  ("ErrorAnalysis", ["NumericalKernels"]),
  ("Draws", ["NumericalKernels", "LatticeFields", "ErrorAnalysis"]),
  (
    "FieldTheories",
    ["NumericalKernels", "LatticeFields", "Draws", .product(name: "TOMLKit", package: "TOMLKit")]
  ),
  ("KnownValues", ["NumericalKernels", "LatticeFields", "FieldTheories", "CGSL"]),
  ("FieldSynthesis", ["NumericalKernels", "LatticeFields", "Draws", "FieldTheories"]),
  (
    "ParameterSampling",
    ["NumericalKernels", "LatticeFields", "Draws", "ErrorAnalysis", "FieldTheories", "FieldSynthesis"]
  ),
  ("Correlators", ["NumericalKernels", "LatticeFields", "ErrorAnalysis"]),
  ("NeuronMoments", ["NumericalKernels", "LatticeFields", "Draws", "ErrorAnalysis", "FieldTheories"]),
  ("ResultTables", ["CHDF5", "CZlib", "NumericalKernels", "ErrorAnalysis"]),
  ("Figures", ["NumericalKernels", "ErrorAnalysis", "ResultTables"]),
  (
    "EnsembleRuns",
    [
      "NumericalKernels", "LatticeFields", "Draws", "ErrorAnalysis", "FieldTheories", "KnownValues", "FieldSynthesis",
      "ParameterSampling", "Correlators", "NeuronMoments", "ResultTables",
    ]
  ),
  (
    "Studies",
    [
      "NumericalKernels", "LatticeFields", "Draws", "ErrorAnalysis", "FieldTheories", "KnownValues", "FieldSynthesis",
      "ParameterSampling", "Correlators", "ResultTables", "EnsembleRuns",
    ]
  ),
  (
    "Validation",
    [
      "NumericalKernels", "LatticeFields", "Draws", "ErrorAnalysis", "FieldTheories", "KnownValues", "FieldSynthesis",
      "Correlators", "EnsembleRuns", "Studies", "TheoryLibrary",
    ]
  ),
]

// Folders of `Validation`, each with a page of its own.
let validationSuites = [
  "FreeTheory", "EuclideanInvariance", "OsterwalderSchrader", "FiniteWidth", "Universality", "Interactions", "Samplers",
  "Learning", "Renormalisation", "Dynamics", "FeatureLearning", "Published",
]

// The commit printed in every table's provenance. The Makefile passes it; asking git from here would go stale, because
// SwiftPM caches manifests.
let commit = Context.environment["NNFT_COMMIT"] ?? "unrecorded"

let theoryFiles = [
  "adapting-erf", "alpha-net", "correlated-net", "cos-net", "cos-net-phi4", "cos-net-regression", "deep-cosine",
  "deep-linear-network",
  "deep-relu", "erf-net",
  "euclidean-net",
  "fourpoint-2604.27050", "gauss-net", "gauss-net-phi4", "grokking-modular", "grokking-teacher", "infinite-width",
  "learning-curve", "linear-network", "o2-net", "phi4-0d",
  "phi4-1d", "phi4-2d-broken", "phi4-2d-critical", "phi4-2d-envelope",
  "phi4-2d-near-critical",
  "phi4-2d-strong", "phi4-2d-weak", "phi4-3d", "phi4-3d-critical", "pinned-membrane", "pinned-phi4", "pinned-string",
  "power-law-regression", "regression-erf", "regression-relu", "relu-net", "scalar-net", "scalar-net-lattice",
  "scalar-net-phi4", "scale-free-transfer", "sine-net", "tanh-net", "trained-erf",
]

// Every room has tests that may use what the room uses; more than that is named here. `NNFTTestSupport` holds what all share.
let moreForTests: [String: [Target.Dependency]] = [
  "EnsembleRuns": ["TheoryLibrary"], "Studies": ["TheoryLibrary"],
]
let tests: [(name: String, uses: [Target.Dependency])] =
  rooms.filter { $0.name != "Draws" }.map {
    ("\($0.name)Tests", [.init(stringLiteral: $0.name)] + $0.uses + (moreForTests[$0.name] ?? []))
  }
  + [
    ("TheoryFileTests", ["FieldTheories", "LatticeFields", "Draws", "TheoryLibrary"]),
    ("CLITests", ["nnft", "LatticeFields", "NumericalKernels", "ResultTables"]),
  ]

let package = Package(
  name: "nnft",
  // One product for whoever writes programs of their own: define a theory, measure, tabulate. The other rooms come along and may change.
  products: [
    .library(
      name: "NNFieldTheory",
      targets: [
        "LatticeFields", "ErrorAnalysis", "FieldTheories", "Correlators", "EnsembleRuns", "ResultTables", "TheoryLibrary",
      ]),
    .executable(name: "nnft", targets: ["nnft"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Runs over several machines by Open MPI, `make build-mpi`."),
    .default(enabledTraits: []),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // System libraries. GSL is linked without its own pkg-config entry, which would add a second
    // CBLAS; a test asserts that OpenBLAS answers.
    .systemLibrary(name: "CFFTW", pkgConfig: "fftw3", providers: [.apt(["libfftw3-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Needed, and looked at, with the trait MPI only.
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "MPIRanks", dependencies: ["Draws", .target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
    .target(name: "CKernels"),
    .target(name: "CBuildInfo", cSettings: [.define("NNFT_COMMIT", to: "\"\(commit)\"")]),
  ]
    + rooms.map { room in
      .target(
        name: room.name, dependencies: room.uses, path: room.name == "Validation" ? "Validation" : nil,
        exclude: room.name == "Validation" ? validationSuites.map { "\($0)/README.md" } : [])
    }
    + [
      .target(
        name: "TheoryLibrary", path: "Theories",
        resources: theoryFiles.map { .embedInCode("\($0).toml") }),
      .executableTarget(
        name: "nnft",
        dependencies: [
          "EnsembleRuns", "TheoryLibrary", "CBuildInfo", "Correlators", "Draws", "ErrorAnalysis",
          "FieldTheories", "Figures", "LatticeFields", "MPIRanks", "NumericalKernels", "ParameterSampling", "ResultTables",
          "Studies", "Validation",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
      // What `make bench` asks for times; neither tests nor installation use it.
      .executableTarget(
        name: "nnft-bench",
        dependencies: [
          "EnsembleRuns", "TheoryLibrary", "CFFTW", "Correlators", "Draws", "FieldSynthesis", "FieldTheories", "KnownValues",
          "ErrorAnalysis", "LatticeFields", "NumericalKernels", "ParameterSampling",
        ],
        path: "Benchmarks/NNFTBench"),
      .target(
        name: "NNFTTestSupport",
        dependencies: ["NumericalKernels", "LatticeFields", "FieldTheories", "KnownValues"],
        path: "Tests/NNFTTestSupport"),
    ]
    + tests.map { .testTarget(name: $0.name, dependencies: $0.uses + ["NNFTTestSupport"]) } + [
      // What docs/adding tells to write, compiled and tried.
      .testTarget(
        name: "SkeletonTests",
        dependencies: [
          "NumericalKernels", "LatticeFields", "Draws", "ErrorAnalysis", "FieldTheories", "ParameterSampling", "Correlators",
          "ResultTables", "TheoryLibrary", "Validation",
        ],
        path: "docs/adding/skeletons")
    ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
