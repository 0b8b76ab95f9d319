import Glibc
import KRT
import Model
import TestSupport
import Testing

@Suite struct KRTTests {
    let folder = TemporaryFolder()

    static let proto = """
        syntax = "proto3"; // service Fake { rpc No(A) returns (A); }
        import "google/protobuf/empty.proto";
        /* service Other {} */
        message A { message service { string rpc = 1; } }
        service Entrypoint {
          option deprecated = true;
          rpc MakePrediction(A) returns (stream A) { option idempotency_level = IDEMPOTENT; };
          rpc Save (A) returns (A);
        }
        """

    static let good = """
        version: v1
        description: A version.
        entrypoint:
          proto: public_input.proto
          image: konstellation/kre-entrypoint:1.6.0
        config:
          variables: [CURRENCY]
          files:
        nodes:
          - {name: etl, image: "kre-py:1", src: src/etl.py}
          - {name: model, image: "kre-py:1", src: src/model.py, gpu: true}
        workflows:
          - name: price
            entrypoint: MakePrediction
            sequential: [etl, model]
        """

    private func read(_ manifest: String, proto: String = Self.proto) -> (package: Package?, diagnostics: [Diagnostic]) {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(manifest.utf8))
        tar.add("public_input.proto", data: Array(proto.utf8))
        tar.add("src/etl.py")
        tar.add("src/model.py")
        return KRT.read(path: folder.write(tar.gzipped(), to: "a.krt"))
    }

    /// Codes with the lines they point at, and summaries.
    private func faults(_ manifest: String) -> [String] {
        read(manifest).diagnostics.sorted().map { "\($0.span?.start.line ?? 0) \($0.code): \($0.summary)" }
    }

    @Test func aSoundV1PackageBecomesAGraph() throws {
        let result = read(Self.good)
        #expect(result.diagnostics == [])
        let package = try #require(result.package)
        #expect(package.methods.map(\.name) == ["MakePrediction", "Save"])
        #expect(package.entries.map(\.path) == ["krt.yml", "public_input.proto", "src/etl.py", "src/model.py"])
        #expect(package.manifest.variables == ["CURRENCY"])
        let workflow = try #require(package.manifest.workflows.first)
        #expect(workflow.exitpoint == "model")
        #expect(workflow.nodes.map(\.subscriptions) == [[.entrypoint], [.node("etl", subtopic: nil)]])
        #expect(workflow.nodes.map(\.gpu) == [false, true])
    }

    @Test(arguments: [
        ("MakePrediction\n", "MakePredictoin\n", "14 unknown-method: `MakePredictoin` is not a method of the service in `public_input.proto`"),
        ("src/etl.py", "src/elt.py", "10 missing-file: `src/elt.py` is not in the package"),
        ("[etl, model]", "[etl, modle]", "15 unknown-node: There is no node `modle`"),
        ("[etl, model]", "[etl, etl]", "15 duplicate-name: The node `etl` stands here a second time"),
        ("name: model,", "name: etl,", "11 duplicate-name: The node `etl` stands here a second time"),
        ("[CURRENCY]", "[CURRENCY, CURRENCY]", "7 duplicate-name: The name `CURRENCY` stands here a second time"),
        ("proto: public_input.proto", "proto: other.proto", "4 missing-file: `other.proto` is not in the package"),
        ("version: v1\n", "krtVersion: v3\nversion: v1\n", "1 unsupported-format: `krtVersion` cannot be `v3`"),
    ])
    func faultsOfTheWholeAreNamedInTheirPlace(_ old: String, _ new: String, _ expected: String) {
        #expect(faults(Self.good.replacing(old, with: new)).contains(expected), "\(faults(Self.good.replacing(old, with: new)))")
    }

    @Test(arguments: [
        ("version: v1\n", "version: V1\n", "bad-name"), ("version: v1\n", "", "missing-key"),
        ("description: A version.\n", "description:\n", "empty-value"),
        ("proto: public_input.proto", "proto: public_input.txt", "bad-proto"),
        ("kre-entrypoint:1.6.0", "Kre-Entrypoint:1.6.0", "bad-image"), ("[CURRENCY]", "[currency]", "bad-name"),
        ("gpu: true", "gpu: yes", "wrong-type"), ("gpu: true", "replicas: 2", "unknown-key"),
        ("nodes:\n", "nodse:\n", "unknown-key"), ("name: price", "name: a-name-of-over-twenty", "bad-name"),
    ])
    func faultsOfAValueAreReported(_ old: String, _ new: String, _ code: String) {
        let result = read(Self.good.replacing(old, with: new))
        #expect(result.package == nil)
        #expect(result.diagnostics.map(\.code).contains(code), "\(result.diagnostics)")
    }

    @Test(arguments: [
        "a", "kre-py:1", "konstellation/kre-py:1.23.1", "a/b/c/d:V_1.x-y", "a__b/c--d/e.f", "localhost/a", "localhost:5000/a:1",
        "Registry.Example.com/a", "registry.example.com:443/a/b:1", "a@sha256:\(String(repeating: "0aF", count: 20))",
        "a:1@sha256:\(String(repeating: "0", count: 32))",
    ])
    func imagesByTheGrammarOfRegistriesAreTaken(_ image: String) {
        #expect(read(Self.good.replacing("konstellation/kre-entrypoint:1.6.0", with: "'\(image)'")).diagnostics == [])
    }

    @Test(arguments: [
        ":1", "a:", "a/", "/a", "a//b", "A/b", "a/B:1", "a b", " a", "a:1:2", "a:-1", "a:.1", "a___b", "a_.b", "a..b", "-a", "a-", "a@",
        "a@sha256", "a@sha256:0", "a@sha256:\(String(repeating: "g", count: 64))", "host.x:port/a", "-host.x/a", "ä", "a:ä",
        "a:\(String(repeating: "1", count: 129))", "https://host.x/a", String(repeating: "a/", count: 130) + "a",
    ])
    func otherImagesAreRefused(_ image: String) {
        let manifest = Self.good.replacing("konstellation/kre-entrypoint:1.6.0", with: "'\(image)'")
        #expect(read(manifest).diagnostics.map(\.code) == ["bad-image"])
    }

    @Test func subtopicsAreTokensOfASubject() {
        let manifest = ManifestFuzzTests.v2.replacing("etl.early", with: "etl.Too_Late-2")
        #expect(read(manifest).package?.manifest.workflows.first?.nodes.last?.subscriptions
            == [.node("etl", subtopic: nil), .node("etl", subtopic: "Too_Late-2")])
    }

    @Test func protosAreHeldUpToALimit() {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(Self.good.utf8))
        for name in ["a", "b", "c", "d", "e", "f"] { tar.add("\(name).proto", data: [UInt8](repeating: 32, count: 3 << 20)) }
        #expect(KRT.read(path: folder.write(tar.gzipped(), to: "p.krt")).diagnostics.map(\.detail) == [
            "`f.proto`: The `.proto` files up to this one have more than 16777216 bytes together. Such an archive is not read any "
                + "further. Leave out what the version does not need.",
        ])
        var one = TarBuilder()
        one.add("a.proto", data: [UInt8](repeating: 32, count: 5 << 20))
        #expect(KRT.read(path: folder.write(one.gzipped(), to: "p.krt")).diagnostics.map(\.detail) == [
            "`a.proto`: It has more than 4194304 bytes. Such an archive is not read any further. Leave out what the version does "
                + "not need.",
        ])
    }

    @Test func aLargeWrongManifestIsRefusedAtOnce() {
        let names = (0..<6_000).map { "  - {name: n\($0)x, image: a, src: s\($0)}\n" }.joined()
        let items = (0..<6_000).map { "m\($0)y" }.joined(separator: ", ")
        let manifest = "version: v1\ndescription: d\nentrypoint: {proto: public_input.proto, image: i}\nnodes:\n\(names)"
            + "workflows:\n  - {name: w, entrypoint: Save, sequential: [\(items)]}\n"
        let start = ContinuousClock.now
        let result = read(manifest)
        #expect(result.diagnostics.filter { $0.code == "missing-file" }.count == 6_000)
        #expect(result.diagnostics.filter { $0.code == "unknown-node" }.count == 6_000)
        #expect(result.diagnostics.last?.detail == "There are 6000 nodes, such as `n0x`, `n1x` and `n2x`.")
        // Each name against each would take minutes.
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func aV2GraphIsCheckedForReachAndItself() {
        func manifest(_ nodes: String, exitpoint: String = "b") -> String {
            """
            krtVersion: v2
            version: v2
            description: d
            entrypoint: {proto: public_input.proto, image: i}
            workflows:
              - name: w
                entrypoint: Save
                exitpoint: \(exitpoint)
                nodes:
            \(nodes)
            """
        }
        func node(_ name: String, _ subscription: String) -> String {
            "      - {name: \(name), image: i, src: src/etl.py, subscriptions: [\(subscription)]}\n"
        }
        #expect(faults(manifest(node("a", "entrypoint") + node("b", "a.fixed"))) == [])
        #expect(faults(manifest(node("a", "entrypoint") + node("b", "b")))
            .contains("11 self-subscription: The node `b` subscribes to itself"))
        #expect(faults(manifest(node("a", "entrypoint") + node("b", "c") + node("c", "b")))
            .contains("8 unreachable-exitpoint: No message reaches the exitpoint `b`"))
        #expect(faults(manifest(node("a", "entrypoint") + node("b", "entrypoint") + node("c", "d") + node("d", "c")))
            == ["12 unreachable-node: No message reaches the node `c`", "13 unreachable-node: No message reaches the node `d`"])
        #expect(faults(manifest(node("a", "entrypoint"))) == ["8 unknown-node: There is no node `b`"])
    }

    @Test func aPackageWithoutManifestSaysWhereItIs() {
        var tar = TarBuilder()
        tar.add("solution/krt.yml", data: Array(Self.good.utf8))
        let path = folder.write(tar.gzipped(), to: "nested.krt")
        let diagnostics = KRT.read(path: path).diagnostics
        #expect(diagnostics.map(\.code) == ["no-manifest"])
        #expect(diagnostics.first?.detail.contains("There is `solution/krt.yml`") == true)
    }

    @Test func hostileAndAbsentFilesAreExplained() {
        var tar = TarBuilder()
        tar.add("../evil", data: [1])
        let refused = KRT.read(path: folder.write(tar.gzipped(), to: "evil.krt")).diagnostics
        #expect(refused.map(\.code) == ["refused-package"])
        #expect(refused.first?.detail.hasPrefix("`../evil`: Its path has `..` in it.") == true)
        #expect(KRT.read(path: "\(folder.path)/absent.krt").diagnostics.map(\.code) == ["unreadable-package"])
    }

    @Test(arguments: ["room-price/v1", "room-price/v2", "email-classifier/v1"])
    func theExamplesPackToTheSameBytesTwice(_ example: String) throws {
        let source = "\(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })/examples/\(example)"
        let first = KRT.pack(folder: source, to: "\(folder.path)/new/first.krt")
        #expect(!first.diagnostics.hasErrors, "\(first.diagnostics)")
        let second = KRT.pack(folder: source, to: "\(folder.path)/second.krt")
        #expect(first.package?.digest != nil && first.package?.digest == second.package?.digest)
        let read = KRT.read(path: "\(folder.path)/second.krt")
        #expect(read.package?.digest == second.package?.digest)
    }

    @Test func aFaultyFolderIsNotPackedAndAnOlderPackageStays() {
        mkdir("\(folder.path)/solution", 0o755)
        _ = folder.write(Array("version: V".utf8), to: "solution/krt.yml")
        let target = folder.write([1, 2, 3], to: "old.krt")
        let result = KRT.pack(folder: "\(folder.path)/solution", to: target)
        #expect(result.package == nil && result.diagnostics.hasErrors)
        #expect(result.diagnostics.first?.span?.file == "\(folder.path)/solution/krt.yml")
        #expect(contents(of: target) == [1, 2, 3])
    }
}
