// swift-tools-version: 6.1
import PackageDescription

// Every target and what it may import. Imports point upwards in this list only; docs/architecture.md says why.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(_ name: String, _ imports: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: imports, exclude: exclude, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "kreform",
    products: [.executable(name: "kreform", targets: ["kreform"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
    ],
    targets: [
        // The C libraries, one module each.
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Wrappers: they know no word of the domain.
        room("YAML", ["CYAML"]),
        room("Archive", ["CArchive", "CZlib"]),
        room("SQLite", ["CSQLite"]),
        room("HTTP", ["CCurl"]),
        room("Files"),
        room("JSON"),
        room("Digest", [crypto]),
        room("Fields", ["JSON"]),
        room("S3", ["HTTP", "Digest"]),

        // The values that pass between rooms.
        room("Model", ["JSON", "Fields", "Digest"]),

        // From files to manifests.
        room("Schema", ["Model", "JSON", "YAML"]),
        room("KRT", ["Model", "Schema", "YAML", "Archive", "Digest"]),
        room("Configuration", ["Files", "Model", "JSON", "Fields", "Schema", "YAML", "KRT"]),
        room("Rendering", ["Model", "JSON", "Fields", "Digest"]),

        // From manifests to a plan, and from a plan to the world.
        room("Readiness", ["Model", "JSON"]),
        room("Planning", ["Model", "JSON", "Fields", "Digest"]),
        room("StateStore", ["Model", "JSON", "Fields", "Digest", "SQLite"]),
        room("Applying", ["Model", "JSON", "Fields", "Digest", "StateStore", "Readiness"]),
        room("Sandbox", ["Model", "JSON", "Fields", "SQLite", "Schema", "YAML"]),

        room("Artifacts", ["Model", "S3", "Digest", "HTTP"]),
        room("Kubernetes", ["Files", "Model", "JSON", "Fields", "HTTP", "Schema", "YAML"]),

        // What people see and call.
        room("Views", ["Model", "JSON", "Fields", "Digest"]),
        room("Engine", [
            "Model", "JSON", "Digest", "KRT", "Configuration", "Rendering", "Readiness", "Planning", "StateStore",
            "Applying", "Sandbox", "Kubernetes", "Artifacts", "S3",
        ]),
        .executableTarget(
            name: "kreform", dependencies: ["Engine", "Views", "Model", "JSON", argumentParser], swiftSettings: settings),

        // Run by Tests/benchmark.
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Engine", "Model", "JSON", "Fields", "Digest", "KRT", "YAML", "Rendering", "Planning",
            ], path: "Tests/Benchmarks", exclude: ["cluster.py", "pretended.py"], swiftSettings: settings),

        // What several test targets use.
        .target(
            name: "TestSupport", dependencies: ["CZlib"], path: "Tests/Support", exclude: ["packages.sh", "nats"],
            swiftSettings: settings),

        // What every cluster must do, real or simulated.
        .target(name: "Conformance", dependencies: ["Model", "JSON", "Fields"], path: "Tests/Conformance", swiftSettings: settings),

        tests("TestSupportTests", ["TestSupport"]),
        tests("HTTPTests", ["HTTP", "TestSupport"]),
        tests("S3Tests", ["S3", "HTTP", "Digest", "TestSupport"]),
        tests("YAMLTests", ["YAML", "TestSupport"]),
        tests("ArchiveTests", ["Archive", "CZlib", "TestSupport"]),
        tests("SQLiteTests", ["SQLite"]),
        tests("JSONTests", ["JSON", "TestSupport"]),
        tests("DigestTests", ["Digest"]),
        tests("FieldsTests", ["Fields", "JSON", "TestSupport"]),
        tests("ModelTests", ["Model", "JSON", "Fields", "Digest"]),
        tests("SchemaTests", ["Schema", "Model", "JSON", "YAML", "Views"]),
        tests(
            "KRTTests", ["KRT", "Model", "Schema", "Archive", "Digest", "Views", "CZlib", "TestSupport"], exclude: ["Cases"]),
        tests(
            "ConfigurationTests",
            ["Configuration", "Schema", "YAML", "Model", "KRT", "Archive", "Digest", "JSON", "Views", "TestSupport"],
            exclude: ["Cases"]),
        tests("RenderingTests", ["Rendering", "Model", "JSON", "Digest", "TestSupport"], exclude: ["Golden"]),
        tests("ReadinessTests", ["Readiness", "Model", "JSON"]),
        tests("PlanningTests", [
            "Planning", "Model", "JSON", "Fields", "Digest", "TestSupport",
        ]),
        tests("StateStoreTests", ["StateStore", "Model", "JSON", "Fields", "Digest", "SQLite"]),
        tests("ApplyingTests", [
            "Applying", "Artifacts", "Model", "JSON", "Fields", "Digest", "StateStore", "Readiness", "Planning", "Sandbox",
            "TestSupport",
        ]),
        tests("SandboxTests", ["Sandbox", "Conformance", "Model", "JSON", "Fields", "TestSupport"]),
        tests(
            "KubernetesTests", ["Kubernetes", "HTTP", "Model", "JSON", "Schema", "YAML", "Fields", "Views", "TestSupport"],
            exclude: ["Cases"]),
        tests("ArtifactsTests", ["Artifacts", "S3", "HTTP", "Model", "Digest", "TestSupport"]),
        tests("ViewsTests", ["Views", "Model", "JSON", "Fields", "Digest"]),
        tests("EngineTests", [
            "Engine", "Model", "JSON", "Fields", "Digest", "Planning", "Applying", "Sandbox", "StateStore", "TestSupport",
        ]),
        tests("ClusterTests", [
            "Kubernetes", "Conformance", "Engine", "Applying", "Planning", "StateStore", "kreform", "S3", "Model", "JSON", "Fields",
            "Digest", "TestSupport",
        ], exclude: ["Transcripts"]),
        tests("EndToEndTests", ["kreform", "JSON", "Model", "Sandbox", "TestSupport"], exclude: ["Transcripts"]),
    ],
    swiftLanguageModes: [.v6]
)
