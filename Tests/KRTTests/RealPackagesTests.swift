import KRT
import Model
import TestSupport
import Testing

/// `shared/krt` beside the checkout; nil where it is not there.
private let realPackages: String? = {
    let beside = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
    let folder = "\(beside)/shared/krt"
    return contents(of: "\(folder)/greeter-v1/krt.yml").isEmpty ? nil : folder
}()

/// The manifests of KRE's own solutions, which lie beside the checkout, not in it.
@Suite(.enabled(if: realPackages != nil, "../shared/krt is not beside the checkout"))
struct RealPackagesTests {
    private let target = TemporaryFolder()

    /// The manifest in a package that has the methods and the files that it names.
    private func read(_ name: String, methods: [String], files: [String]) throws -> (Package?, [Diagnostic]) {
        let manifest = contents(of: "\(try #require(realPackages))/\(name)/krt.yml")
        let rpcs = methods.map { "rpc \($0)(A) returns (A) {};" }.joined(separator: "\n")
        var package = PackageFiles()
        package.bytes = ["krt.yml": manifest, "public_input.proto": Array("service Entrypoint {\n\(rpcs)\n}".utf8)]
        for file in files { package.bytes[file] = [0] }
        return KRT.read(path: target.write(package.packed(), to: "\(name).krt"))
    }

    @Test func theGreeterIsReadAsItShouldBe() throws {
        let files = ["src/py-greeter/main.py", "bin/go-greeter"]
        let (package, diagnostics) = try read("greeter-v1", methods: ["PyGreet", "GoGreet"], files: files)
        #expect(diagnostics == [])
        func workflow(_ language: String, _ method: String, _ src: String) -> Workflow {
            Workflow(
                name: "\(language)-greeting", method: method,
                nodes: [Node(
                    name: "\(language)-greeter", image: "konstellation/kre-\(language):latest", src: src,
                    subscriptions: [.entrypoint])],
                exitpoint: "\(language)-greeter")
        }
        #expect(package?.manifest == PackageManifest(
            format: .v1, version: "greeter-v1", description: "Version for testing.",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "konstellation/kre-entrypoint:latest"),
            workflows: [workflow("py", "PyGreet", files[0]), workflow("go", "GoGreet", files[1])]))
    }

    @Test func theClassificatorIsReadAsItShouldBe() throws {
        let python = ["src/py-classificator/etl/main.py", "src/py-classificator/email_classificator/main.py"]
        let go = ["bin/etl", "bin/email_classificator", "bin/repairs_handler", "bin/stats_storer", "bin/exitpoint"]
        let (package, diagnostics) = try read(
            "classificator-v2", methods: ["PyClassificator", "GoClassificator"], files: python + go)
        #expect(diagnostics == [])
        let store = ObjectStore(name: "emails", scope: .workflow)
        func workflow(_ name: String, _ method: String, _ image: String, _ src: [String]) -> Workflow {
            func node(_ name: String, _ image: String, _ src: String, _ subscriptions: [Subscription], _ store: ObjectStore?) -> Node {
                Node(name: name, image: "konstellation/\(image):latest", src: src, subscriptions: subscriptions, objectStore: store)
            }
            return Workflow(
                name: name, method: method,
                nodes: [
                    node("etl", image, src[0], [.entrypoint], store),
                    node("email-classificator", image, src[1], [.node("etl", subtopic: nil)], store),
                    node("repairs-handler", "kre-go", go[2], [.node("email-classificator", subtopic: "repairs")], nil),
                    node("stats-storer", "kre-go", go[3], [.node("email-classificator", subtopic: nil)], store),
                    node("exitpoint", "kre-go", go[4], [.node("etl", subtopic: nil), .node("stats-storer", subtopic: nil)], store),
                ],
                exitpoint: "exitpoint")
        }
        #expect(package?.manifest == PackageManifest(
            format: .v2, version: "classificator-v1", description: "Demo email classificator for branching features.",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "konstellation/kre-entrypoint:latest"),
            workflows: [
                workflow("py-classificator", "PyClassificator", "kre-py", python),
                workflow("go-classificator", "GoClassificator", "kre-go", go),
            ]))
    }

    @Test func aFileThatARealManifestNamesMustBeThere() throws {
        let (package, diagnostics) = try read("greeter-v1", methods: ["PyGreet", "GoGreet"], files: ["bin/go-greeter"])
        #expect(package == nil)
        #expect(diagnostics.map(\.summary) == ["`src/py-greeter/main.py` is not in the package"])
        #expect(diagnostics.first?.span?.start == SourcePosition(line: 10, column: 10))
    }
}
