import JSON
import Model

extension RuntimeStack {
    /// Nil when the runtime's stack has none.
    static func store(of runtime: DesiredRuntime) -> RuntimeStore? {
        typealias Key = StackNames.Secret
        guard runtime.stack.makes(.minio) else { return nil }
        return RuntimeStore(
            runtime: runtime.name, namespace: runtime.namespace, service: StackNames.minio, port: 9000, bucket: StackNames.bucket,
            secret: Key.minio, accessKey: Key.minioUser, secretKey: Key.minioPassword)
    }

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
            minioSecret(),
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

    /// - Parameter renewed: the password is made anew.
    private func minioSecret(renewed: Bool = false) -> Manifest {
        typealias Key = StackNames.Secret
        return manifest(
            stamp.object("v1", "Secret", Key.minio, .minio, annotations: scope.generation(of: .minio), ["type": "Opaque"]),
            secrets: [Key.minioUser: SensitiveValue("kre")], generated: [Key.minioPassword: .random(32)],
            renewed: renewed ? [Key.minioPassword] : [])
    }

    /// The server knows no password but the one it started with. The pods of versions read it when they fetch their package, and a fetch that
    /// is refused begins anew with what the Secret has then: none of them has to be rolled.
    var minioRotation: CredentialRotation {
        CredentialRotation(
            component: Component.minio.rawValue, generation: scope.number(of: .minio), secrets: [minioSecret(renewed: true)])
    }
}
