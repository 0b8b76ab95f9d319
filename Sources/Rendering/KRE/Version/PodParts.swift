import JSON
import Model

/// What the pods of nodes and of the entrypoint have in common.
extension VersionContext {
    static let filesVolume = "krt-base-path"
    static let configurationVolume = "version-conf-files"
    static let logVolume = "app-log-volume"

    static let logShipperName = "fluent-bit"

    var volumes: [Volume] {
        [
            Volume(name: Self.filesVolume, source: .empty),
            Volume(
                name: Self.configurationVolume,
                source: .configMap(configuration.files.address.name)),
            Volume(name: Self.logVolume, source: .empty),
        ]
    }

    var files: Mount { Mount(volume: Self.filesVolume, path: "/krt-files") }
    var logs: Mount { Mount(volume: Self.logVolume, path: "/var/log/app") }

    /// One of the configuration files, by itself.
    func file(_ name: String, at path: String) -> Mount {
        Mount(volume: Self.configurationVolume, path: path, subPath: name, readOnly: true)
    }

    /// Sends the log records of the container beside it to the database. `environment` is that container's own: the
    /// records are marked with it.
    func logShipper(_ environment: [EnvironmentVariable]) -> Container {
        let marks: Set<String> = [
            "KRT_VERSION_ID", "KRT_VERSION", "KRT_NODE_NAME", "KRT_NODE_ID", "KRT_WORKFLOW_NAME", "KRT_WORKFLOW_ID",
        ]
        let part = scope.runtime.part(.logShipper)
        return Container(
            name: Self.logShipperName, image: part.image,
            command: ["/fluent-bit/bin/fluent-bit", "-c", "/fluent-bit/etc/fluent-bit.conf"],
            environment: environment.filter { marks.contains($0.name) },
            mounts: [
                file(ConfigurationFiles.fluentBit, at: "/fluent-bit/etc/fluent-bit.conf"),
                file(ConfigurationFiles.parsers, at: "/fluent-bit/etc/parsers.conf"),
                Mount(volume: Self.logVolume, path: "/var/log/app", readOnly: true),
            ],
            resources: part.resources,
            security: ContainerSecurity(user: 65534, group: 65534, readOnlyRoot: true))
    }

    func pod(
        labels: [String: String], component: Component, containers: [Container], volumes: [Volume], placement: Placement
    ) -> Pod {
        let fetch = PackageFetch(self)
        return Pod(
            labels: stamp.labels(component, labels), serviceAccount: StackNames.serviceAccount,
            initContainers: [fetch.container], containers: containers, volumes: volumes + fetch.volumes, placement: placement
        ).marked(by: scope)
    }
}
