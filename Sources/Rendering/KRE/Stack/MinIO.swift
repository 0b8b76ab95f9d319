import JSON
import Model

extension RuntimeStack {
    /// The store of packages, when the file names no other, and of what the nodes put there.
    var minio: [Manifest] {
        typealias Key = StackNames.Secret
        let name = StackNames.minio
        let part = runtime.part(.minio)
        let container = Container(
            name: "minio", image: part.image, args: ["server", "/data"],
            environment: [
                EnvironmentVariable(Key.minioUser, secret: Key.minio, key: Key.minioUser),
                EnvironmentVariable(Key.minioPassword, secret: Key.minio, key: Key.minioPassword),
            ],
            ports: [ContainerPort(name: "s3", port: 9000)], mounts: [Mount(volume: "data", path: "/data")],
            resources: part.resources,
            probes: Probes(
                readiness: .http("/minio/health/ready", 9000), liveness: .http("/minio/health/live", 9000),
                startup: Probe.http("/minio/health/live", 9000).patient),
            security: ContainerSecurity(user: 1000, group: 1000))
        return [
            manifest(
                stamp.object("v1", "Secret", Key.minio, .minio, ["type": "Opaque"]),
                secrets: [Key.minioUser: SensitiveValue("kre")], generated: [Key.minioPassword: .random(32)]),
            manifest(
                stamp.service(
                    name, .minio, selector: selector(name), ports: [ServicePort(name: "s3", port: 9000, target: 9000)],
                    headless: true)),
            manifest(
                stamp.statefulSet(
                    name, .minio, service: name, selector: selector(name),
                    pod: pod(name, .minio, container, fileGroup: 1000),
                    storage: part.storage, storageClass: part.storageClass),
                dependsOn: [account, secret(Key.minio)]),
        ]
    }
}
