import JSON
import Model
import Rendering
import Testing

/// What a container of a rendered version finds when it starts.
struct PodEnvironment {
    let name: String
    let variables: [String: String]
    let template: JSONValue

    /// Of the runner (or the entrypoint's server) in each Deployment, by name of the Deployment.
    static func all(of version: DesiredVersion) throws -> [String: PodEnvironment] {
        let state = Samples.state([Samples.runtime([version])])
        let entity = Rendering.render(state, key: Samples.key).entities.first {
            $0.address == .version(runtime: "room-price", name: version.name)
        }
        var found: [String: PodEnvironment] = [:]
        for manifest in try #require(entity).manifests where manifest.address.kind == "Deployment" {
            let template = try #require(manifest.content["spec"]?["template"])
            let container = try #require(
                template["spec"]?["containers"]?.array?.first { $0["name"]?.string != "fluent-bit" })
            var variables: [String: String] = [:]
            for variable in container["env"]?.array ?? [] {
                let source = variable["valueFrom"]?["secretKeyRef"].map { "secret \($0.encoded())" }
                variables[try #require(variable["name"]?.string)] = source ?? variable["value"]?.string ?? ""
            }
            found[manifest.address.name] = PodEnvironment(
                name: manifest.address.name, variables: variables, template: template)
        }
        return found
    }

    /// What `nats_subject.json` of the version holds.
    static func subjects(of version: DesiredVersion) throws -> JSONValue {
        let state = Samples.state([Samples.runtime([version])])
        let manifests = Rendering.render(state, key: Samples.key).entities.flatMap(\.manifests)
        let files = try #require(manifests.first { $0.baseName == "\(version.name)-conf-files" })
        let text = try #require(files.content["data"]?["nats_subject.json"]?.string)
        return try JSONValue(parsing: text)
    }
}
