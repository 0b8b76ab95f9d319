import Digest
import Glibc
import S3
import TestSupport
import Testing

/// Packages in a runtime's own store, which is reached through the API server: a real one, that hands requests on to a real S3 server
/// where the pretended MinIO has none.
@Suite(.needsControlPlane) struct OwnStoreTests {
    @Test(.timeLimit(.minutes(6))) func packagesReachTheRuntimesOwnStoreAndFromThereThePods() async throws {
        try await Site.with("own", .asWritten) { site in
            site.pack(SmallPackage(version: "v1"))
            want(site, "      - {krt: v1.krt, status: published}\n")
            let plan = try await site.kreform("plan").expectSuccess()
            #expect(plan.contains("to the runtime's own store\n") && plan.contains("\nPackages: 1 to upload, "))
            // The stack alone, so that there is a store before anything is sent there.
            want(site, "")
            try await site.bring()
            let store = try await serve(site)
            want(site, "      - {krt: v1.krt, status: published}\n")
            let apply = try await site.kreform("apply --auto-approve --timeout 300", log: "requests.log")
            try #require(apply.status == 0, "\(apply.output)\(apply.errors)")
            #expect(apply.output.contains("uploaded main/v1 after"))
            let bucket = try bucket(store)
            #expect(try await bucket.list(prefix: "krt/sha256/").count == 1)
            try await site.expectFetching(from: "\(store.address):\(store.port)")

            // In parts, when it is large; nothing of what is there goes again.
            let large = try pack(site, "v2", megabytes: 40)
            wantBoth(site, "stopped")
            try await site.bring()
            let object = try #require(try await bucket.list(prefix: "krt/sha256/").first { $0.size > 40 << 20 })
            #expect(object.etag.hasSuffix("-3"))
            #expect(try await bucket.head(object.key)?.metadata["sha256"] == large.hex)

            try await rights(site)
            try await isAway(site)
            try await hasOtherKeys(site)
            try await prunes(site, bucket)
            let texts = try await [apply.output, site.kreform("show --json").expectSuccess(), site.text("requests.log")]
            for text in texts { #expect(!text.contains(store.secretKey) && !text.contains("X-Amz-Signature")) }
        }
    }

    /// A runtime in a few lines; the rest is for the test: the Service's endpoints are somebody else's.
    private func want(_ site: Site, _ versions: String) {
        site.write("""
            kreform: v1
            engine: \(site.engine)
            runtimes:
              - name: main
                stack: {preset: dev}
                ignore: [{kind: Service, name: kre-minio, fields: [spec.selector]}]
                versions:\(versions.isEmpty ? " []" : "\n" + versions)
            """)
    }

    private func wantBoth(_ site: Site, _ status: String) {
        want(site, "      - {krt: v1.krt, status: published}\n      - {krt: v2.krt, status: \(status)}\n")
    }

    /// Who may do everything but use the API server's way to Services may plan, and is told so before an apply changes anything.
    private func rights(_ site: Site) async throws {
        try await site.kubectl("apply", "--filename=-", input: """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: most}
            rules:
              - apiGroups: ["", apps, batch, networking.k8s.io, rbac.authorization.k8s.io, monitoring.coreos.com]
                resources: [namespaces, configmaps, secrets, services, serviceaccounts, persistentvolumeclaims, limitranges, resourcequotas,
                  deployments, statefulsets, jobs, ingresses, networkpolicies, roles, rolebindings, prometheusrules]
                verbs: [get, list, watch, create, patch, delete]
            """)
        try await site.kubectl("create", "rolebinding", "most", "--role=most", "--user=jane")
        let jane = try site.kubeconfig("jane") { $0.replacing(#/(name: admin, user: \{token: [^}]*)/#) { "\($0.1), as: jane" } }
        let planned = try await site.kreform("plan --detailed-exitcode", kubeconfig: jane)
        #expect(planned.status == 0, "\(planned.output)")
        #expect(planned.errors.contains("[rights-missing]"))
        wantBoth(site, "started")
        let refused = try await site.kreform("apply --auto-approve", kubeconfig: jane)
        #expect(refused.status == 1)
        wantBoth(site, "stopped")
        // Lines are broken by the length of names.
        func words(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        #expect(words(refused.errors.replacing(site.engine, with: "ENGINE")) == words("""
            Error: The packages of runtime `main` cannot be looked for: the cluster forbids
              the way to the runtime's own store [rights-missing]
              services "http:kre-minio:9000" is forbidden: User "jane" cannot get
              resource "services/proxy" in API group "" in the namespace "ENGINE-main"
              The store is kre-minio in the namespace ENGINE-main, reached through the
              API server. A Role with this rule would be enough:
                - apiGroups: [""]
                  resources: [services/proxy]
                  resourceNames: ["http:kre-minio:9000"]
                  verbs: [create, delete, get, update]
              Or name a store that is reached another way, with `artifacts.s3`. Uploads
              are planned for versions that are new, start or change; what is there by
              then is not sent again.
            """))
        try await site.kubectl("patch", "role", "most", "--type=json", "--patch", """
            [{"op": "add", "path": "/rules/-", "value":
              {"apiGroups": [""], "resources": ["services/proxy"], "resourceNames": ["http:kre-minio:9000"],
               "verbs": ["create", "delete", "get", "update"]}}]
            """)
        let allowed = try await site.kreform("plan --detailed-exitcode", kubeconfig: jane)
        #expect(allowed.status == 0, "\(allowed.output)\(allowed.errors)")
        #expect(!allowed.errors.contains("rights-missing"))
    }

    /// A store that does not answer for now.
    private func isAway(_ site: Site) async throws {
        let subsets = try await site.field("endpoints/kre-minio", ".subsets")
        try await site.kubectl("patch", "endpoints", "kre-minio", "--type=merge", "--patch", #"{"subsets": []}"#)
        let plan = try await site.kreform("plan --detailed-exitcode")
        #expect(plan.errors.hasPrefix("Warning: The packages of runtime `main` cannot be looked for: "), "\(plan.errors)")
        #expect(plan.errors.contains("[store-unreachable]"))
        #expect(!plan.output.contains("to upload"))
        let list = try await site.kreform("artifacts list")
        #expect(list.status == 1 && list.errors.contains("[store-unreachable]"), "\(list.output)\(list.errors)")
        // What is to begin is brought in any case.
        wantBoth(site, "started")
        let starting = try await site.kreform("plan").expectSuccess()
        #expect(starting.contains("upload main/v2") && starting.contains("store does not answer"), "\(starting)")
        wantBoth(site, "stopped")
        try await site.kubectl("patch", "endpoints", "kre-minio", "--type=merge", "--patch", #"{"subsets": \#(subsets)}"#)
    }

    /// A store that was started with other keys than the Secret has: the apply that may be what restarts it is not kept from it.
    private func hasOtherKeys(_ site: Site) async throws {
        func set(_ password: String) async throws {
            try await site.kubectl("patch", "secret/kre-minio", "--type=merge", "--patch", #"{"data": {"MINIO_ROOT_PASSWORD": "\#(password)"}}"#)
        }
        let password = try await site.field("secret/kre-minio", ".data.MINIO_ROOT_PASSWORD")
        try await set("b3RoZXItcGFzc3dvcmQtMTIzNA==")
        let plan = try await site.kreform("plan")
        #expect(plan.status == 0 && plan.errors.contains("[store-refused]"), "\(plan.output)\(plan.errors)")
        try await set(password)
    }

    private func prunes(_ site: Site, _ bucket: S3Bucket) async throws {
        want(site, "      - {krt: v1.krt, status: published}\n")
        try await site.bring()
        let list = try await site.kreform("artifacts list").expectSuccess()
        #expect(list.contains("version/main/v1") && list.contains("nobody"), "\(list)")
        // Without its state nobody knows what runs.
        let state = "\(site.path)/state"
        rename(state, state + ".away")
        let stranger = try await site.kreform("artifacts prune --auto-approve").expectSuccess()
        #expect(stranger.contains("Nothing to remove.") && stranger.contains("The state does not know the runtime main"), "\(stranger)")
        #expect(try await bucket.list(prefix: "krt/sha256/").count == 2)
        system("rm -rf '\(state)'")
        rename(state + ".away", state)
        let prune = try await site.kreform("artifacts prune --auto-approve").expectSuccess()
        #expect(prune.contains("Removed 1 package"), "\(prune)")
        #expect(try await bucket.list(prefix: "krt/sha256/").count == 1)
    }

    /// A package with a file that cannot be packed smaller.
    private func pack(_ site: Site, _ version: String, megabytes: Int) throws -> SHA256Digest {
        let file = try #require(fopen("/dev/urandom", "r"))
        defer { fclose(file) }
        var package = SmallPackage(version: version)
        package.model = [UInt8](repeating: 0, count: megabytes << 20)
        let count = fread(&package.model, 1, package.model.count, file)
        try #require(count == package.model.count)
        site.pack(package)
        return SHA256Digest(of: contents(of: "\(site.path)/\(version).krt"))
    }

    // MARK: The store

    /// A server that has the keys of the runtime's, and that the API server sees behind the Service: the endpoints are those of a pod
    /// that no node runs, and whose address is this machine's.
    private func serve(_ site: Site) async throws -> S3Server {
        func value(_ key: String) async throws -> String {
            try await site.kubectl("get", "secret/kre-minio", "--output=go-template={{index .data \"\(key)\" | base64decode}}")
        }
        let keys = try await (value("MINIO_ROOT_USER"), value("MINIO_ROOT_PASSWORD"))
        let server = try await S3Server.started(address: try #require(Self.address), keys: keys)
        let pod = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stand-in", "namespace": "\(site.namespace())"},
             "spec": {"schedulerName": "nobody", "containers": [{"name": "s3", "image": "example.test/s3:1"}]},
             "status": {"podIP": "\(server.address)", "podIPs": [{"ip": "\(server.address)"}]}}
            """
        try await site.kubectl("create", "--filename=-", input: pod)
        let place = "/api/v1/namespaces/\(site.namespace())/pods/stand-in/status"
        _ = try await site.plane.kubectl(["replace", "--raw", place, "--filename=-"], input: pod).expectSuccess()
        try await site.kubectl("patch", "service", "kre-minio", "--type=merge", "--patch", #"{"spec": {"selector": {"app": "elsewhere"}}}"#)
        // The cluster takes the old ones out once, and has no reason to look again.
        let isEmpty = await eventually(within: .seconds(30)) {
            (try? await site.field("endpoints/kre-minio", ".subsets")) == ""
        }
        try #require(isEmpty)
        try await site.kubectl("patch", "endpoints", "kre-minio", "--type=merge", "--patch", """
            {"subsets": [{"addresses": [{"ip": "\(server.address)",
              "targetRef": {"kind": "Pod", "name": "stand-in", "namespace": "\(site.namespace())"}}],
              "ports": [{"name": "s3", "port": \(server.port)}]}]}
            """)
        return server
    }

    private func bucket(_ server: S3Server) throws -> S3Bucket {
        let settings = S3Settings(endpoint: server.url, bucket: "krt", region: "us-east-1", style: .path)
        return try S3Bucket(settings, S3Credentials(accessKey: server.accessKey, secretKey: server.secretKey))
    }

    /// One of this machine's that is no loopback address, which endpoints may not have.
    private static let address: String? = {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return nil }
        defer { freeifaddrs(first) }
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let place = entry.ifa_addr, place.pointee.sa_family == sa_family_t(AF_INET) else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            getnameinfo(place, socklen_t(MemoryLayout<sockaddr_in>.size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if !address.hasPrefix("127.") && !address.hasPrefix("169.254.") { return address }
        }
        return nil
    }()
}
