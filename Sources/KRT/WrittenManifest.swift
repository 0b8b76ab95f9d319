import Model
import Schema

/// What `krt.yml` says, each value with its place, before what only the whole can tell is checked. What is missing or cannot
/// be read, and has been reported, is nil or left out.
struct WrittenManifest: Sendable {
    let version: Located<String>?
    let description: String?
    let entrypoint: WrittenEntrypoint?
    let config: WrittenConfig
    /// v1: the nodes that workflows put in sequence.
    let nodes: [WrittenNode]
    let workflows: [WrittenWorkflow]
}

struct WrittenEntrypoint: Sendable {
    let proto: Located<String>?
    let image: String?
}

struct WrittenConfig: Sendable {
    let variables: [Located<String>]
    let files: [Located<String>]
}

struct WrittenNode: Sendable {
    let name: Located<String>?
    let image: String?
    let src: Located<String>?
    let gpu: Bool
    var replicas = 1
    var subscriptions: [Located<String>] = []
    var objectStore: ObjectStore?
}

struct WrittenWorkflow: Sendable {
    let name: Located<String>?
    let method: Located<String>?
    /// v1: names of nodes.
    var sequence: [Located<String>] = []
    /// v2.
    var nodes: [WrittenNode] = []
    var exitpoint: Located<String>?
}
