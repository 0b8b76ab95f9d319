import Configuration
import FoundationEssentials
import Model
import Testing

@Suite struct LoadedStateTests {
    static let product = """
        kreform: v1
        engine: clientx
        domain: ai.example.com
        cluster: {context: prod}
        variables:
          currency: {default: EUR, description: ISO code of quoted prices}
          token: {sensitive: true, default: hunter2}
        artifacts:
          s3: {endpoint: "https://s3.example.com", bucket: krt, region: eu-west-1, credentials: {secret: krt-store}}
        runtimes:
          - name: room-price
            description: no
            protect: true
            stack: {preset: production, storageClass: fast}
            ingress: {className: nginx, tlsSecret: cert, clusterIssuer: le, annotations: {a.example.com/b: 0777}}
            config:
              CURRENCY: ${var.currency}
              SHARED: shared
            versions:
              - krt: krt/v3.krt
                status: published
                name: room-price-v3
                config:
                  SHARED: own $${HOME}
                  NUMBER: 1_0
                  API: {env: API_SECRET}
                  CERT: {file: certs/a.pem}
                  TOKEN: {secret: {name: tokens, key: room-price}}
                  MIXED: "x${var.token}"
                  HIDDEN: {value: abc, sensitive: true}
                  SHOWN: {value: "${var.currency}", sensitive: false}
              - krt: krt/v2.krt
          - name: early
            namespace: elsewhere

        """

    static let packages = [
        ("krt/v2.krt", "version: room-price-v2\nvariables: CURRENCY\n"),
        (
            "krt/v3.krt",
            "version: room-price-v3\nvariables: CURRENCY SHARED NUMBER API TOKEN MIXED HIDDEN SHOWN\nfiles: CERT\n"
        ),
    ]

    @Test func `Everything a file says arrives, in order and with its place`() async throws {
        let folder = try TestFolder(
            [("kreform.yaml", Self.product), ("certs/a.pem", "-----BEGIN\n")] + Self.packages)
        let loaded = await folder.load(Inputs(environment: ["API_SECRET": "hunter3"]))
        #expect(folder.text(loaded.diagnostics) == "")
        let desired = try #require(loaded.desired)
        #expect(desired.engine == "clientx")
        #expect(desired.domain == "ai.example.com")
        #expect(desired.clusterContext == "prod")
        #expect(
            desired.artifacts
                == ArtifactStore(
                    endpoint: "https://s3.example.com", bucket: "krt", region: "eu-west-1",
                    access: .secret("krt-store")))
        #expect(desired.runtimes.map(\.name) == ["early", "room-price"])
        #expect(desired.runtimes.map(\.namespace) == ["elsewhere", "clientx-room-price"])
        let runtime = try #require(desired.runtimes.last)
        #expect(runtime.description == "no")
        #expect(runtime.protected)
        #expect(runtime.stack == StackSettings(preset: .production, storageClass: "fast"))
        #expect(
            runtime.ingress
                == IngressSettings(
                    className: "nginx", tlsSecret: "cert", clusterIssuer: "le",
                    annotations: ["a.example.com/b": "0777"]))
        #expect(runtime.versions.map(\.name) == ["room-price-v2", "room-price-v3"])
        #expect(runtime.versions.map(\.status) == [.stopped, .published])
        let version = try #require(runtime.published)
        #expect(version.span.start == SourcePosition(line: 20, column: 14))
        #expect(version.solution.path == folder.path + "/krt/v3.krt")
        #expect(version.config == [
            ConfigEntry(name: "API", value: .sensitive(SensitiveValue("hunter3"))),
            ConfigEntry(name: "CERT", value: .sensitive(SensitiveValue("-----BEGIN\n"))),
            ConfigEntry(name: "CURRENCY", value: .plain("EUR")),
            ConfigEntry(name: "HIDDEN", value: .sensitive(SensitiveValue("abc"))),
            ConfigEntry(name: "MIXED", value: .sensitive(SensitiveValue("xhunter2"))),
            ConfigEntry(name: "NUMBER", value: .plain("1_0")),
            ConfigEntry(name: "SHARED", value: .plain("own ${HOME}")),
            ConfigEntry(name: "SHOWN", value: .plain("EUR")),
            ConfigEntry(name: "TOKEN", value: .secret(name: "tokens", key: "room-price")),
        ])
        #expect(runtime.versions.first?.config == [ConfigEntry(name: "CURRENCY", value: .plain("EUR"))])
    }

    @Test func `What is said nearer to a node counts more`() async throws {
        let folder = try TestFolder([
            ("krt/v1.krt", "version: v1\nnodes: price/etl price/model train/etl\n"),
            (
                "kreform.yaml",
                """
                kreform: v1
                engine: demo
                defaults:
                  replicas: 1
                  nodeSelector: {pool: ai, zone: a}
                  tolerations: [{key: gpu, operator: Exists}]
                  imagePullSecrets: [mirror]
                  env: {A: engine, B: engine}
                  priorityClassName: low
                runtimes:
                  - name: a
                    defaults:
                      replicas: 2
                      minReadySeconds: 30
                      resources: {requests: {cpu: 100m, memory: 1024Mi}}
                      tolerations: [{key: spot, value: "yes"}, {key: gpu, operator: Exists}]
                      env: {B: runtime, C: {secret: {name: tokens, key: c}}}
                    versions:
                      - krt: krt/v1.krt
                        defaults: {nodeSelector: {zone: b}, imagePullSecrets: [own, mirror], resources: {requests: {cpu: 200m}}}
                        nodes:
                          etl: {replicas: 3, env: {C: node}}
                          train/etl: {replicas: 4, gpu: {count: 2}}
                          entrypoint: {replicas: 5}
                """
            ),
        ])
        let loaded = await folder.load()
        #expect(folder.text(loaded.diagnostics) == "")
        let workloads = try #require(loaded.desired?.runtimes.first?.versions.first).workloads
        let common = WorkloadSettings(
            replicas: 2, minReadySeconds: 30, requests: ComputeAmounts(cpu: "200m", memory: "1Gi"), nodeSelector: ["pool": "ai", "zone": "b"],
            tolerations: [
                Toleration(key: "gpu", comparison: .exists), Toleration(key: "spot", comparison: .equal, value: "yes"),
            ],
            environment: [
                "A": .text("engine"), "B": .text("runtime"), "C": .secret(SecretReference(name: "tokens", key: "c")),
            ], imagePullSecrets: ["mirror", "own"], priorityClassName: "low")
        #expect(workloads.settings(ofNode: "model", in: "price") == common)
        var etl = common
        etl.replicas = 3
        etl.environment["C"] = .text("node")
        #expect(workloads.settings(ofNode: "etl", in: "price") == etl)
        etl.replicas = 4
        etl.gpu.count = 2
        #expect(workloads.settings(ofNode: "etl", in: "train") == etl)
        var entrypoint = common.placement
        entrypoint.replicas = 5
        #expect(workloads.entrypoint == entrypoint)
        #expect(entrypoint.environment.isEmpty)
        #expect(entrypoint.minReadySeconds == 30)
        #expect(entrypoint.nodeSelector == ["pool": "ai", "zone": "b"])
    }

    @Test func `A rollout of a runtime counts more than that of the file`() async throws {
        let folder = try TestFolder([
            (
                "kreform.yaml",
                """
                kreform: v1
                engine: demo
                rollout: {strategy: drain, seconds: 300}
                runtimes:
                  - {name: a}
                  - {name: b, rollout: {strategy: switch}}
                  - {name: c, rollout: {strategy: drain, seconds: 10}}
                """
            )
        ])
        let loaded = await folder.load()
        #expect(folder.text(loaded.diagnostics) == "")
        #expect(loaded.desired?.runtimes.map(\.rollout) == [.drain(seconds: 300), .atOnce, .drain(seconds: 10)])
        let plain = try TestFolder([("kreform.yaml", "kreform: v1\nengine: demo\nruntimes: [{name: a}]\n")])
        #expect(await plain.load().desired?.runtimes.map(\.rollout) == [.atOnce])
    }

    @Test func `A stack, its connections and its amounts are read, quantities in their canonical form`() async throws {
        let folder = try TestFolder([
            (
                "kreform.yaml",
                """
                kreform: v1
                engine: demo
                runtimes:
                  - name: a
                    stack:
                      preset: dev
                      nats: {image: "mirror.example.com:5000/nats:2.10", storage: 2048Mi, storageClass: fast}
                      mongodb: {resources: {requests: {cpu: 0.5, memory: 1024Mi}, limits: {cpu: 1000m, memory: 4Gi}}}
                      mongoWriter: {enabled: false}
                      defaultBackend: {replicas: 2}
                      external:
                        influxdb: {address: "http://influxdb.shared:8086"}
                    network:
                      allow: [monitoring, kre]
                      egress:
                        - {to: 10.0.0.0/8, ports: [5432, 443]}
                        - {to: "2001:db8::/32"}
                      apiServer: [10.0.0.0/28]
                    quota: {pods: 60, requests.cpu: 8000m, services.loadbalancers: 0, count/jobs.batch: 4}
                    limits:
                      container: {default: {memory: 512Mi}, defaultRequest: {cpu: 50m}, max: {memory: 8192Mi}}
                      pod: {max: {cpu: 4}}
                      claim: {min: 1Gi, max: 100Gi}
                """
            )
        ])
        let loaded = await folder.load()
        #expect(folder.text(loaded.diagnostics) == "")
        let runtime = try #require(loaded.desired?.runtimes.first)
        #expect(
            runtime.stack
                == StackSettings(
                    preset: .dev,
                    parts: [
                        .nats: PartSettings(image: "mirror.example.com:5000/nats:2.10", storage: "2Gi", storageClass: "fast"),
                        .mongodb: PartSettings(
                            requests: ComputeAmounts(cpu: "500m", memory: "1Gi"), limits: ComputeAmounts(cpu: "1", memory: "4Gi")),
                        .mongoWriter: PartSettings(isEnabled: false), .defaultBackend: PartSettings(replicas: 2),
                    ], external: ExternalServices(influxdb: "http://influxdb.shared:8086"), places: runtime.stack.places))
        #expect(runtime.stack.places.count == 4)
        #expect(
            runtime.isolation
                == IsolationSettings(
                    allowedNamespaces: ["kre", "monitoring"],
                    egress: [EgressRule(cidr: "10.0.0.0/8", ports: [5432, 443]), EgressRule(cidr: "2001:db8::/32")],
                    apiServer: ["10.0.0.0/28"],
                    quota: ["pods": "60", "requests.cpu": "8", "services.loadbalancers": "0", "count/jobs.batch": "4"],
                    limits: [
                        LimitItem(.container, maximum: ["memory": "8Gi"], limit: ["memory": "512Mi"], request: ["cpu": "50m"]),
                        LimitItem(.pod, maximum: ["cpu": "4"]),
                        LimitItem(.claim, minimum: ["storage": "1Gi"], maximum: ["storage": "100Gi"]),
                    ], places: runtime.isolation.places))
        #expect(runtime.isolation.places["limits.container.max"]?.start.line == 21)
    }

    @Test func `Files of a folder are one state, and only those of its own`() async throws {
        let folder = try TestFolder([
            ("b.kreform.yml", "kreform: v1\nvariables: {d: {default: x.org}}\nruntimes: [{name: b}]\n"),
            ("a.kreform.yaml", "kreform: v1\ndomain: ${var.d}\nruntimes: [{name: a}]\n"),
            ("kreform.yaml", "kreform: v1\nengine: demo\n"),
            ("other.yaml", "nothing: [of\n"),
            (".hidden.kreform.yaml", "nothing: [of\n"),
            ("sub/kreform.yaml", "nothing: [of\n"),
        ])
        let loaded = await folder.load()
        #expect(folder.text(loaded.diagnostics) == "")
        #expect(loaded.desired?.domain == "x.org")
        #expect(loaded.desired?.runtimes.map(\.name) == ["a", "b"])
        #expect(
            loaded.files.map { String($0.dropFirst(folder.path.count + 1)) }
                == ["a.kreform.yaml", "b.kreform.yml", "kreform.yaml"])
        #expect(loaded.folder == folder.path)
        let single = await folder.load(at: "kreform.yaml")
        #expect(single.desired?.runtimes == [] && single.folder == folder.path)
    }

    @Test func `A path that is not there is an error`() async throws {
        let folder = try TestFolder()
        let loaded = await folder.load(at: "nowhere")
        #expect(loaded.desired == nil)
        #expect(
            folder.text(loaded.diagnostics) == """
                Error: There is no file or folder `nowhere` [file-not-found]
                  Give the path of a desired-state file, or of a folder that has one.

                """)
    }

    @Test func `A value comes from the last assignment, then the environment, then the default`() async throws {
        let folder = try TestFolder([
            (
                "kreform.yaml",
                """
                kreform: v1
                engine: demo
                variables:
                  a: {default: default}
                  b: {default: default}
                  c: {default: default}
                  d: {default: default}
                  e: {}
                runtimes:
                  - {name: x, description: "${var.a} ${var.b} ${var.c} ${var.d} ${var.e}"}
                """
            ),
            ("one.yaml", "c: one\nd: one\ne: 0777\n"),
        ])
        func description(_ assignments: [Inputs.Assignment]) async -> String? {
            let environment = ["KREFORM_VAR_b": "env", "KREFORM_VAR_c": "env", "KREFORM_VAR_zzz": "ignored"]
            return await folder.load(Inputs(assignments: assignments, environment: environment))
                .desired?.runtimes.first?.description
        }
        let file = Inputs.Assignment.file(path: folder.path + "/one.yaml")
        let value = Inputs.Assignment.value(name: "d", text: "")
        #expect(await description([file, value]) == "default env one  0777")
        #expect(await description([value, file]) == "default env one one 0777")
        #expect(await description([value]) == nil)
    }

    @Test func `An assignment on the command line is NAME=VALUE`() throws {
        #expect(try Inputs.Assignment(variable: "a=b=c") == .value(name: "a", text: "b=c"))
        #expect(try Inputs.Assignment(variable: "a=") == .value(name: "a", text: ""))
        for wrong in ["hunter2", "=x", ""] {
            let error = #expect(throws: Diagnostic.self) { try Inputs.Assignment(variable: wrong) }
            #expect(error?.summary == "`--var` takes NAME=VALUE")
        }
    }

    @Test func `An alias brings a value along, and faults in it are told once`() async throws {
        let text = """
            kreform: v1
            engine: demo
            runtimes:
              - name: a
                stack: &stack {preset: dev, sise: 3}
              - name: b
                stack: *stack
            """
        let folder = try TestFolder([("kreform.yaml", text)])
        let wrong = await folder.load()
        #expect(wrong.diagnostics.map(\.code) == ["unknown-key"])
        try folder.write(text.replacing(", sise: 3", with: ""), to: "kreform.yaml")
        #expect(await folder.load().desired?.runtimes.map(\.stack.preset) == [.dev, .dev])
    }

    @Test(arguments: ["ClientX", "a b_c", "x", "---", "", "Ünïcode", "a-folder-with-a-rather-long-name"])
    func `The starter file is a good file`(folderName: String) async throws {
        let engine = StarterFile.engineName(forFolder: folderName)
        let folder = try TestFolder([(StarterFile.name, StarterFile.text(engine: engine))])
        let loaded = await folder.load()
        #expect(folder.text(loaded.diagnostics) == "")
        #expect(loaded.desired?.engine == engine)
        #expect(loaded.desired?.runtimes.map(\.name) == ["main"])
    }

    @Test func `The starter file is good with its examples uncommented`() async throws {
        let folder = try TestFolder([
            ("certs/room-price.pem", "x"),
            (
                "krt/room-price-v1.krt",
                "version: room-price-v1\nvariables: OUTPUT_PRICE_CURRENCY API_SECRET TOKEN\nfiles: TLS_CERT\n"
            ),
        ])
        var lines = StarterFile.text(engine: "demo").split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        let starts = ["# domain", "# cluster", "# variables", "#   ", "# protect", "# stack", "# - krt", "#     "]
        for (index, line) in lines.enumerated() where index > 5 {
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            if starts.contains(where: rest.hasPrefix) { lines[index] = String(indent + rest.dropFirst(2)) }
            if rest == "versions: []" { lines[index] = indent + "versions:" }
        }
        try folder.write(lines.joined(separator: "\n"), to: StarterFile.name)
        let loaded = await folder.load(Inputs(environment: ["ROOM_PRICE_API_SECRET": "x"]))
        #expect(folder.text(loaded.diagnostics) == "")
        #expect(loaded.desired?.runtimes.first?.protected == true)
        #expect(loaded.desired?.runtimes.first?.published?.config.count == 4)
    }

    @Test func `A thousand versions are read, and each package once`() async throws {
        var text = "kreform: v1\nengine: demo\nvariables: {c: {default: EUR}}\nruntimes:\n"
        for runtime in 0..<20 {
            text += "  - name: r\(runtime)\n    config: {A: \"${var.c}\"}\n    versions:\n"
            for version in 0..<50 {
                text += "      - {krt: v\(version).krt, status: started, config: {B: \"\(version)\", C: {env: C}}}\n"
            }
        }
        let folder = try TestFolder([("kreform.yaml", text)])
        for version in 0..<50 { try folder.write("version: v\(version)\nvariables: A B C\n", to: "v\(version).krt") }
        let loaded = await folder.load(Inputs(environment: ["C": "x"]))
        #expect(folder.text(loaded.diagnostics) == "")
        #expect(loaded.desired?.runtimes.flatMap(\.versions).count == 1000)
    }

    @Test func `Diagnostics of later rooms get their source lines, secrets covered`() async throws {
        let folder = try TestFolder(
            [("kreform.yaml", Self.product), ("certs/a.pem", "x")] + Self.packages)
        let loaded = await folder.load(Inputs(environment: ["API_SECRET": "x"]))
        let file = folder.path + "/kreform.yaml"
        let start = SourcePosition(line: 30, column: 11)
        let bare = Diagnostic(
            code: "x", summary: "Wrong", span: SourceSpan(file: file, start: start, end: start))
        #expect(
            loaded.explained([bare]).first?.excerpt
                == SourceLine(number: 30, text: "          HIDDEN: {value: •••, sensitive: true}"))
    }
}
