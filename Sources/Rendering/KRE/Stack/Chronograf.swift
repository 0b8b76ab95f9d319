import JSON
import Model

extension RuntimeStack {
    /// Dashboards over the measurements, under `/measurements/RUNTIME`.
    var chronograf: [Manifest] {
        let name = StackNames.chronograf
        let part = runtime.part(.chronograf)
        let container = Container(
            name: "chronograf", image: part.image,
            environment: [
                EnvironmentVariable("BASE_PATH", "/measurements/\(runtime.name)"),
                EnvironmentVariable("BOLT_PATH", "/var/lib/chronograf/chronograf-v1.db"),
                EnvironmentVariable("INFLUXDB_URL", addresses.influxDB),
                EnvironmentVariable("REPORTING_DISABLED", "true"),
            ],
            ports: [ContainerPort(name: "web", port: 8888)],
            mounts: [Mount(volume: "data", path: "/var/lib/chronograf")],
            resources: part.resources,
            probes: Probes(readiness: .tcp(8888), liveness: .tcp(8888), startup: Probe.tcp(8888).patient),
            security: ContainerSecurity(user: 999, group: 999))
        return [
            manifest(
                stamp.object(
                    "v1", "PersistentVolumeClaim", name, .chronograf,
                    [
                        "spec": Stamp.claimSpec(
                            storage: part.storage, storageClass: part.storageClass)
                    ])),
            manifest(
                stamp.service(
                    name, .chronograf, selector: selector(name),
                    ports: [ServicePort(name: "web", port: 80, target: 8888)])),
            manifest(
                // The volume is for one pod: the old one must be gone before the new one starts.
                stamp.deployment(
                    name, .chronograf, selector: selector(name), recreate: true,
                    pod: pod(
                        name, .chronograf, container, volumes: [Volume(name: "data", source: .claim(name))],
                        fileGroup: 999)),
                dependsOn: [account] + made(.influxdb)),
        ]
    }
}
