import JSON
import Model

extension RuntimeStack {
    private var mongoURI: EnvironmentVariable { addresses.mongoURI(as: StackNames.Secret.mongoURI) }
    /// The Secret with the database's address, when it is ours.
    private var mongoSecrets: [ResourceAddress] {
        runtime.stack.makes(.mongodb) ? [secret(StackNames.Secret.mongo)] : []
    }

    /// Writes what nodes and log shippers send over NATS into MongoDB.
    var mongoWriter: [Manifest] {
        let name = StackNames.mongoWriter
        let part = runtime.part(.mongoWriter)
        let container = Container(
            name: "mongo-writer", image: part.image,
            environment: [EnvironmentVariable("KRT_NATS_SERVER", addresses.nats), mongoURI],
            resources: part.resources)
        return [
            manifest(
                stamp.deployment(
                    name, .mongoWriter, selector: selector(name), replicas: part.replicas, pod: pod(name, .mongoWriter, container)),
                dependsOn: [account] + mongoSecrets + databases)
        ]
    }

    /// Tells a KRE administration of logs and of the state of the nodes' pods, which it may watch.
    var runtimeAPI: [Manifest] {
        let name = StackNames.runtimeAPI
        let part = runtime.part(.runtimeApi)
        let container = Container(
            name: "runtime-api", image: part.image,
            environment: [
                EnvironmentVariable("KRE_RUNTIME_API_SERVER_PORT", "50051"), mongoURI,
                EnvironmentVariable("POD_NAMESPACE", field: "metadata.namespace"),
            ],
            ports: [ContainerPort(name: "grpc", port: 50051)], resources: part.resources,
            probes: Probes(readiness: .tcp(50051), liveness: .tcp(50051), startup: Probe.tcp(50051).patient))
        var pod = self.pod(name, .runtimeAPI, container)
        pod.serviceAccount = name
        pod.usesAPI = true
        let rights = ["Role", "RoleBinding"].map { stamp.address("rbac.authorization.k8s.io/v1", $0, name) }
        return runtimeAPIRights + [
            manifest(
                stamp.service(
                    name, .runtimeAPI, selector: selector(name),
                    ports: [ServicePort(name: "grpc", port: 50051, target: 50051)],
                    headless: true)),
            manifest(
                stamp.deployment(name, .runtimeAPI, selector: selector(name), replicas: part.replicas, pod: pod),
                dependsOn: rights + [stamp.address("v1", "ServiceAccount", name)] + mongoSecrets + databases),
        ]
    }

    private var runtimeAPIRights: [Manifest] {
        let name = StackNames.runtimeAPI
        let group = "rbac.authorization.k8s.io"
        let role = manifest(
            stamp.object(
                "\(group)/v1", "Role", name, .runtimeAPI,
                ["rules": [["apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]]]]))
        let binding = manifest(
            stamp.object(
                "\(group)/v1", "RoleBinding", name, .runtimeAPI,
                [
                    "roleRef": ["apiGroup": .string(group), "kind": "Role", "name": .string(name)],
                    "subjects": [
                        ["kind": "ServiceAccount", "name": .string(name), "namespace": .string(stamp.namespace)]
                    ],
                ]),
            dependsOn: [role.address, stamp.address("v1", "ServiceAccount", name)])
        return [role, binding]
    }

    /// Answers where no published entrypoint does.
    var defaultBackend: [Manifest] {
        let name = StackNames.defaultBackend
        let part = runtime.part(.defaultBackend)
        let files = ["default.conf": Self.defaultBackendConfiguration]
        let container = Container(
            name: "web", image: part.image, ports: [ContainerPort(name: "web", port: 8080)],
            mounts: [
                Mount(volume: "conf", path: "/etc/nginx/conf.d/default.conf", subPath: "default.conf", readOnly: true),
                Mount(volume: "tmp", path: "/tmp"),
            ], resources: part.resources,
            probes: Probes(readiness: .http("/healthz", 8080), liveness: .http("/healthz", 8080)),
            security: ContainerSecurity(user: 101, group: 101, readOnlyRoot: true))
        var pod = self.pod(
            name, .defaultBackend, container,
            volumes: [Volume(name: "conf", source: .configMap(name)), Volume(name: "tmp", source: .empty)])
        pod.annotations = [ObjectAnnotations.configDigest: ConfigDigest.of([.strings(files)])]
        return [
            manifest(stamp.object("v1", "ConfigMap", name, .defaultBackend, ["data": .strings(files)])),
            manifest(
                stamp.service(
                    name, .defaultBackend, selector: selector(name),
                    ports: [ServicePort(name: "web", port: 80, target: 8080)])),
            manifest(
                stamp.deployment(name, .defaultBackend, selector: selector(name), replicas: part.replicas, pod: pod),
                dependsOn: [account, configMap(name)]),
        ]
    }

    private static let defaultBackendConfiguration = """
        server {
            listen 8080;
            default_type text/plain;

            location = /healthz {
                return 200 "ok\\n";
            }

            location / {
                return 503 "No published entrypoint for this runtime.\\n";
            }
        }

        """
}
