import JSON
import Model

/// What the objects of one entity have in common: namespace and labels.
struct Stamp: Sendable {
    let engine: String
    let runtime: String
    let namespace: String
    let version: String?

    init(_ scope: RuntimeScope, version: String? = nil) {
        engine = scope.engine
        runtime = scope.runtime.name
        namespace = scope.runtime.namespace
        self.version = version
    }

    /// Our own labels, and `more`.
    func labels(_ component: Component, _ more: [String: String] = [:]) -> [String: String] {
        var labels = more
        labels[ObjectLabels.managedBy] = "kreform"
        labels[ObjectLabels.partOf] = engine
        labels[ObjectLabels.engine] = engine
        labels[ObjectLabels.runtime] = runtime
        labels[ObjectLabels.version] = version
        labels[ObjectLabels.component] = component.rawValue
        return labels
    }

    /// An object in the runtime's namespace. `body` holds what stands beside apiVersion, kind and metadata.
    func object(
        _ apiVersion: String, _ kind: String, _ name: String, _ component: Component, labels: [String: String] = [:],
        annotations: [String: String] = [:], _ body: JSONValue = .object([:])
    ) -> JSONValue {
        var object = body
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        object["metadata"] = .members([
            "name": .string(name), "namespace": .string(namespace),
            "labels": .strings(self.labels(component, labels)), "annotations": annotations.unlessEmpty,
        ])
        return object
    }

    func address(_ apiVersion: String, _ kind: String, _ name: String) -> ResourceAddress {
        ResourceAddress(apiVersion: apiVersion, kind: kind, namespace: namespace, name: name)
    }

    /// A Service; `ports` in the order given. A headless one has no address of its own; `early` gives the addresses of
    /// pods that are not ready too.
    func service(
        _ name: String, _ component: Component, labels: [String: String] = [:], annotations: [String: String] = [:],
        selector: [String: String], ports: [ServicePort], headless: Bool = false, early: Bool = false
    ) -> JSONValue {
        object(
            "v1", "Service", name, component, labels: labels, annotations: annotations,
            [
                "spec": .members([
                    "type": "ClusterIP", "clusterIP": headless ? "None" : nil, "sessionAffinity": "None",
                    "publishNotReadyAddresses": early ? true : nil, "selector": .strings(selector),
                    "ports": .array(ports.map(\.json)),
                ])
            ])
    }
}

struct ServicePort: Sendable {
    let name: String
    let port: Int
    let target: Int
    var appProtocol: String?

    var json: JSONValue {
        .members([
            "name": .string(name), "port": .integer(port), "protocol": "TCP", "targetPort": .integer(target),
            "appProtocol": appProtocol.map { .string($0) },
        ])
    }
}

/// Values of the label `kreform/component`: which part of a runtime, version or publication an object is.
enum Component: String, Sendable, CaseIterable {
    /// The namespace, service accounts and roles.
    case runtime
    case nats, mongodb
    case mongoExpress = "mongo-express"
    case influxdb, chronograf, minio
    case mongoWriter = "mongo-writer"
    case runtimeAPI = "runtime-api"
    case defaultBackend = "default-backend"
    /// A version's configuration and configuration files.
    case configuration
    case node, entrypoint
    /// Jobs that bring a version's streams into NATS, and take them away.
    case streams
    /// The active entrypoint's Service and Ingresses.
    case publication
}
