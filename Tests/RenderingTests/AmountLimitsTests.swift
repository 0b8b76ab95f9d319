import Model
import Rendering
import Testing

/// What the file says of amounts is held against what it brings about.
@Suite struct AmountLimitsTests {
    private func text(
        _ limits: [LimitItem], quota: [String: String] = [:], preset: StackSettings.Preset = .small,
        parts: [StackSettings.Part: PartSettings] = [:], versions: [DesiredVersion] = [], places: [String: SourceSpan] = [:]
    ) -> [String] {
        let runtime = Samples.runtime(
            versions, stack: StackSettings(preset: preset, parts: parts),
            isolation: IsolationSettings(quota: quota, limits: limits, places: places))
        return Rendering.limits(Samples.state([runtime])).map { found in
            "\(found.span.map(\.description) ?? "-"): \(found.severity.rawValue) \(found.code) [\(found.address ?? "-")]\n"
                + "\(found.summary)\n\(found.detail)"
        }
    }

    @Test func containersThatMayHaveMoreThanTheGreatestAreTold() {
        #expect(
            text(
                [LimitItem(.container, maximum: ["memory": "1Gi"])], preset: .production,
                places: ["limits.container.max": Samples.span(14)]) == [
                """
                kreform.yaml:14:5: error outside-limits [runtime/room-price]
                `limits.container.max` of runtime `room-price` is 1Gi of memory, and these containers may have more
                  `nats` of StatefulSet/kre-nats: 2Gi (`stack.nats.resources.limits.memory`)
                  `replica-set-key` of StatefulSet/kre-mongo: 8Gi (`stack.mongodb.resources.limits.memory`)
                  `mongodb` of StatefulSet/kre-mongo: 8Gi (`stack.mongodb.resources.limits.memory`)
                  `influxdb` of StatefulSet/room-price-influxdb: 4Gi (`stack.influxdb.resources.limits.memory`)
                  `minio` of StatefulSet/kre-minio: 4Gi (`stack.minio.resources.limits.memory`)
                Kubernetes would refuse them. Raise it, or give them less.
                """
            ])
        let most = LimitItem(.container, maximum: ["cpu": "2", "memory": "8Gi"])
        #expect(text([most], preset: .production, versions: [Samples.classifier(.started)]) == [])
    }

    @Test func containersThatGetALimitBelowTheirRequestAreTold() {
        let model = VersionWorkloads(own: ["model": WorkloadSettings(requests: ComputeAmounts(cpu: "3", memory: "2Gi"))])
        let versions = [Samples.roomPrice(.started, workloads: model)]
        let end = "Kubernetes would refuse them."
        #expect(
            text([LimitItem(.container, maximum: ["cpu": "2"], limit: ["memory": "1Gi"])], versions: versions) == [
                """
                kreform.yaml:10:5: error outside-limits [runtime/room-price]
                `limits.container.default` of runtime `room-price` is 1Gi of memory, and these containers, which have no limit of \
                their own, request more
                  `runner` of Deployment/room-price-v3-ny-room-price-model: 2Gi (`nodes.model.resources.requests.memory`)
                \(end) Raise it, or give each of them a limit.
                """,
                """
                kreform.yaml:10:5: error outside-limits [runtime/room-price]
                `limits.container.max` of runtime `room-price` is 2 of cpu, and these containers, which have no limit of their own \
                and get that, request more
                  `runner` of Deployment/room-price-v3-ny-room-price-model: 3 (`nodes.model.resources.requests.cpu`)
                \(end) Raise it, or let them request less.
                """,
            ])
    }

    @Test func containersThatRequestLessThanTheLeastAreTold() {
        #expect(
            text([LimitItem(.container, minimum: ["cpu": "20m"])], versions: [Samples.classifier(.started)]) == [
                """
                kreform.yaml:10:5: error outside-limits [runtime/room-price]
                `limits.container.min` of runtime `room-price` is 20m of cpu, and these containers request less
                  `streams` in the pods of versions: 10m (`stack.streamSetup.resources.requests.cpu`)
                  `fluent-bit` in the pods of versions: 10m (`stack.logShipper.resources.requests.cpu`)
                  `web` in the pods of versions: 10m (`stack.protoServer.resources.requests.cpu`)
                Kubernetes would refuse them. Lower it, or give them more.
                """
            ])
    }

    @Test func podsAreHeldAgainstWhatTheirContainersComeTo() {
        let parts: [StackSettings.Part: PartSettings] = [.mongodb: PartSettings(limits: ComputeAmounts(cpu: "1"))]
        #expect(
            text(
                [LimitItem(.pod, maximum: ["memory": "1536Mi"]), LimitItem(.container, limit: ["cpu": "1"])], parts: parts) == [
                """
                kreform.yaml:10:5: error outside-limits [runtime/room-price]
                `limits.pod.max` of runtime `room-price` is 1536Mi of memory, and the containers of these pods may have more together
                  StatefulSet/kre-mongo: 2Gi
                Kubernetes would refuse them. Raise it, or change the `resources` of what is in them.
                """
            ])
        // Without a default there is no limit of processor time, and with a greatest there must be one.
        let silent = text([LimitItem(.pod, maximum: ["cpu": "4"])], parts: parts)
        #expect(silent.count == 1)
        #expect(
            silent.first?.contains("""
                is 4 of cpu, and no container of these pods has a limit
                  StatefulSet/kre-nats
                  Deployment/kre-mongo-express
                """) == true)
        #expect(text([LimitItem(.pod, maximum: ["cpu": "4"]), LimitItem(.container, limit: ["cpu": "1"])], parts: parts) == [])
    }

    @Test func volumesOutsideTheLimitsAreTold() {
        #expect(
            text([LimitItem(.claim, minimum: ["storage": "3Gi"], maximum: ["storage": "10Gi"])]) == [
                """
                kreform.yaml:10:5: warning outside-limits [runtime/room-price]
                `limits.claim.max` of runtime `room-price` is 10Gi of storage, and these volumes request more
                  that of StatefulSet/kre-minio: 20Gi (`stack.minio.storage`)
                Kubernetes would refuse them. Raise it, or choose smaller volumes for what is not there yet: none can shrink.
                """,
                """
                kreform.yaml:10:5: warning outside-limits [runtime/room-price]
                `limits.claim.min` of runtime `room-price` is 3Gi of storage, and these volumes request less
                  that of PersistentVolumeClaim/chronograf: 2Gi (`stack.chronograf.storage`)
                Kubernetes would refuse them. Lower it, or give them more.
                """,
            ])
    }

    /// A cluster that works stays plannable whatever an old version would ask for.
    @Test func whatAStoppedVersionAsksForIsAWarning() {
        let model = VersionWorkloads(own: ["model": WorkloadSettings(limits: ComputeAmounts(memory: "6Gi"))])
        func found(_ status: VersionStatus) -> [String] {
            text([LimitItem(.container, maximum: ["memory": "4Gi"])], versions: [Samples.roomPrice(status, workloads: model)])
                .map { String($0.prefix { $0 != "[" }) }
        }
        #expect(found(.stopped) == ["kreform.yaml:10:5: warning outside-limits "])
        #expect(found(.started) == ["kreform.yaml:10:5: error outside-limits "])
    }

    /// They are made by us alone: no key says what they get.
    @Test func jobsThatChangeCredentialsTakeWhatIsWantedAtLeast() {
        let parts = Dictionary(uniqueKeysWithValues: StackSettings.Part.allCases.map {
            ($0, PartSettings(requests: ComputeAmounts(cpu: "250m", memory: "256Mi"), limits: ComputeAmounts(memory: "2Gi")))
        })
        let least = ["cpu": "100m", "memory": "200Mi"]
        #expect(text([LimitItem(.container, minimum: least)], parts: parts) == [])
        #expect(text([LimitItem(.pod, minimum: least)], parts: parts) == [])
    }

    @Test func boundsThatContradictEachOtherAreTold() {
        let order = "Kubernetes wants `min` ≤ `defaultRequest` ≤ `default` ≤ `max`. Change one of the two."
        #expect(
            text([
                LimitItem(
                    .container, minimum: ["memory": "512Mi"], maximum: ["cpu": "1", "memory": "256Mi"], limit: ["cpu": "2"],
                    request: ["cpu": "1500m"]),
                LimitItem(.claim, minimum: ["storage": "2Gi"], maximum: ["storage": "1Gi"]),
            ]) == [
                """
                kreform.yaml:10:5: error limits-contradict [runtime/room-price]
                `limits.claim.min` of runtime `room-price` is 2Gi of storage, above `max`, which is 1Gi
                Kubernetes wants `min` ≤ `max`. Change one of the two.
                """,
                """
                kreform.yaml:10:5: error limits-contradict [runtime/room-price]
                `limits.container.default` of runtime `room-price` is 2 of cpu, above `max`, which is 1
                \(order)
                """,
                """
                kreform.yaml:10:5: error limits-contradict [runtime/room-price]
                `limits.container.min` of runtime `room-price` is 512Mi of memory, above `max`, which is 256Mi
                \(order)
                """,
            ])
    }
}
