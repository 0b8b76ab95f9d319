import Engine
import Model
import TestSupport
import Testing

@Suite struct ClusterChoiceTests {
    private let folder = TemporaryFolder()

    /// What is said, each with its code and place, when a plan is made for a cluster of `contexts`.
    private func said(_ file: String, choice: ClusterChoice, environment: [String: String] = [:]) async throws -> [String] {
        folder.write(Array("kreform: v1\nengine: shop\n\(file)\n".utf8), to: "kreform.yaml")
        folder.write(
            Array("""
                current-context: dev
                contexts:
                - {name: dev, context: {cluster: nowhere}}
                - {name: prod, context: {cluster: elsewhere}}
                """.utf8), to: "config")
        let engine = try Engine(EngineSettings(path: folder.path, environment: environment, cluster: choice))
        do throws(EngineFailure) {
            _ = try await engine.plan(.apply)
            return []
        } catch {
            return error.diagnostics.map { found in
                let place = (found.span?.description ?? "-").replacing(folder.path + "/", with: "")
                return "\(place): \(found.code): \(found.summary) | \(found.excerpt?.text ?? "")".replacing(folder.path + "/", with: "")
            }
        }
    }

    @Test func theFlagsContextWinsOverTheFilesWhichWinsOverTheCurrentOne() async throws {
        let config = "\(folder.path)/config"
        let current = try await said("", choice: .kubernetes(kubeconfig: config))
        #expect(current == [
            "config:3:34: unknown-cluster: The context `dev` names the cluster `nowhere`, which is not there"
                + " | - {name: dev, context: {cluster: nowhere}}",
        ])
        let named = try await said("cluster: {context: prod}", choice: .kubernetes(), environment: ["KUBECONFIG": config])
        #expect(named == [
            "config:4:35: unknown-cluster: The context `prod` names the cluster `elsewhere`, which is not there"
                + " | - {name: prod, context: {cluster: elsewhere}}",
        ])
        let flag = try await said("cluster: {context: prod}", choice: .kubernetes(kubeconfig: config, context: "stage"))
        #expect(flag == ["-: unknown-context: There is no context `stage` in `config` | "])
    }

    @Test func anUnknownContextIsShownWhereTheFileNamesIt() async throws {
        let said = try await said("cluster: {context: prd}", choice: .kubernetes(kubeconfig: "\(folder.path)/config"))
        #expect(said == ["kreform.yaml:3:20: unknown-context: There is no context `prd` in `config` | cluster: {context: prd}"])
    }
}
