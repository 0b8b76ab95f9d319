import JSON
import Model

extension RuntimeStack {
    /// Messaging: core NATS for KRT v1, JetStream for v2.
    var nats: [Manifest] {
        let name = StackNames.nats
        let part = runtime.part(.nats)
        let container = Container(
            name: "nats", image: part.image, args: ["-js", "-sd", "/data", "-p", "4222", "-m", "8222"],
            ports: [ContainerPort(name: "client", port: 4222), ContainerPort(name: "monitor", port: 8222)],
            mounts: [Mount(volume: "data", path: "/data")], resources: part.resources,
            probes: Probes(
                readiness: .http("/healthz?js-server-only=true", 8222),
                liveness: .http("/healthz?js-enabled-only=true", 8222),
                startup: Probe.http("/healthz", 8222).patient),
            security: ContainerSecurity(user: 1000, group: 1000, readOnlyRoot: true))
        return [
            manifest(
                stamp.service(
                    name, .nats, selector: selector(name),
                    ports: [
                        ServicePort(name: "client", port: 4222, target: 4222),
                        ServicePort(name: "monitor", port: 8222, target: 8222),
                    ])),
            manifest(
                stamp.statefulSet(
                    name, .nats, service: name, selector: selector(name),
                    pod: pod(name, .nats, container, fileGroup: 1000),
                    storage: part.storage, storageClass: part.storageClass),
                dependsOn: [account]),
        ]
    }
}
