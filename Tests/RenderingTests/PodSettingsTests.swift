import JSON
import Model
import Rendering
import Testing

/// What the file says of the pods' way to the store, and of the runners' own variables.
@Suite struct PodSettingsTests {
    private func pods(_ version: DesiredVersion, artifacts: ArtifactStore? = nil) -> [String: JSONValue] {
        let state = Samples.state([Samples.runtime([version])], artifacts: artifacts)
        let manifests = Rendering.render(state, key: Samples.key).entities.flatMap(\.manifests)
        let pods = manifests.compactMap { manifest in
            manifest.content["spec"]?["template"]?["spec"].map { (manifest.address.name, $0) }
        }
        return Dictionary(pods, uniquingKeysWith: { first, _ in first })
    }

    private func variables(_ container: JSONValue?) -> [String: String] {
        let all = (container?["env"]?.array ?? []).map { ($0["name"]?.string ?? "", $0["value"]?.string ?? "") }
        #expect(Set(all.map(\.0)).count == all.count)
        return Dictionary(all, uniquingKeysWith: { first, _ in first })
    }

    @Test(arguments: [
        (CertificateAuthority.Holder.configMap, #"{"configMap":{"items":[{"key":"pem","path":"ca.crt"}],"name":"trust"},"name":"store-trust"}"#),
        (.secret, #"{"name":"store-trust","secret":{"items":[{"key":"pem","path":"ca.crt"}],"secretName":"trust"}}"#),
    ])
    func podsTrustWhomTheFileNames(_ holder: CertificateAuthority.Holder, _ volume: String) throws {
        let store = ArtifactStore(
            endpoint: "https://s3.example.com", bucket: "krt", authority: CertificateAuthority(holder, name: "trust", key: "pem"),
            proxy: "http://proxy.example.com:3128")
        let all = pods(Samples.roomPrice(.started), artifacts: store)
        for name in ["room-price-v3-entrypoint", "room-price-v3-ny-room-price-etl"] {
            let pod = try #require(all[name])
            #expect((pod["volumes"]?.array ?? []).contains { $0.encoded() == volume })
            let fetch = pod["initContainers"]?[0]
            #expect((fetch?["volumeMounts"]?.array ?? []).contains {
                $0.encoded() == #"{"mountPath":"/store-trust","name":"store-trust","readOnly":true}"#
            })
            let found = variables(fetch)
            #expect(found["CURL_CA_BUNDLE"] == "/store-trust/ca.crt")
            #expect(found["https_proxy"] == "http://proxy.example.com:3128" && found["http_proxy"] == nil)
            // Of the fetcher alone.
            #expect(variables(pod["containers"]?[0])["CURL_CA_BUNDLE"] == nil)
        }
        let plain = pods(Samples.roomPrice(.started))["room-price-v3-entrypoint"]
        #expect(variables(plain?["initContainers"]?[0]).keys.allSatisfy { $0 != "CURL_CA_BUNDLE" && !$0.hasSuffix("_proxy") })
    }

    @Test func policiesLetPodsReachTheProxy() throws {
        func ports(_ proxy: String?) throws -> Set<Int> {
            let store = ArtifactStore(endpoint: "https://s3.example.com", bucket: "krt", proxy: proxy)
            let state = Samples.state([Samples.runtime([Samples.small("v1")])], artifacts: store)
            let policy = try #require(
                Rendering.render(state, key: Samples.key).entities.flatMap(\.manifests).first { $0.address.name == "allow-node" })
            return Set((policy.content["spec"]?["egress"]?.array ?? []).flatMap { ($0["ports"]?.array ?? []).compactMap { $0["port"]?.integer } })
        }
        #expect(try ports(nil).contains(443) && !ports(nil).contains(3128))
        #expect(try ports("http://proxy.example.com:3128").contains(3128) && !ports("http://proxy.example.com:3128").contains(443))
    }

    @Test func timesOfTheRunnersAreWhatTheFileSays() throws {
        let workloads = VersionWorkloads(
            common: WorkloadSettings(environment: ["KRT_JS_REQUEST_TIMEOUT": .text("5000")]),
            own: ["entrypoint": WorkloadSettings(environment: ["KRT_REQUEST_TIMEOUT": .text("90000"), "MORE": .text("x")])])
        let sample = Samples.classifier(.started)
        let version = DesiredVersion(
            name: sample.name, status: .started, package: sample.solution, config: [], workloads: workloads, span: sample.span)
        let all = pods(version)
        let entrypoint = variables(all["classifier-v1-entrypoint"]?["containers"]?[0])
        #expect(entrypoint["KRT_REQUEST_TIMEOUT"] == "90000" && entrypoint["KRT_JS_REQUEST_TIMEOUT"] == "30000")
        #expect(entrypoint["MORE"] == "x")
        #expect(variables(all["classifier-v1-classify-etl"]?["containers"]?[0])["KRT_JS_REQUEST_TIMEOUT"] == "5000")
    }
}
