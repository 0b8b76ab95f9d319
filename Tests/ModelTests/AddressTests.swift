import Model
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        "runtime/room-price", "version/room-price/room-price-v2", "publication/room-price",
    ])
    func entityAddressesReadWhatTheyWrite(_ text: String) {
        #expect(EntityAddress(text).map { "\($0)" } == text)
    }

    @Test(arguments: ["", "runtime", "runtime/", "runtime/a/b", "version/a", "version/a/", "version//b", "node/a", "/runtime/a"])
    func otherTextIsNoEntityAddress(_ text: String) {
        #expect(EntityAddress(text) == nil)
    }

    @Test func entitiesSortByRuntimeThenLife() {
        let sorted: [EntityAddress] = [
            .runtime("a"), .version(runtime: "a", name: "v1"), .version(runtime: "a", name: "v2"), .publication(runtime: "a"),
            .runtime("b"), .publication(runtime: "b"),
        ]
        #expect(sorted.reversed().sorted() == sorted)
    }

    @Test func resourceAddressesNameTheGroupOnlyWhenThereIsOne() {
        let deployment = ResourceAddress(apiVersion: "apps/v1", kind: "Deployment", namespace: "ns", name: "a")
        let namespace = ResourceAddress(apiVersion: "v1", kind: "Namespace", namespace: nil, name: "ns")
        #expect("\(deployment)" == "apps/Deployment/ns/a")
        #expect("\(namespace)" == "Namespace/ns")
        #expect(ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress").group == "networking.k8s.io")
    }

    @Test func timestampsReadWhatTheyWrite() {
        let moment = Timestamp(seconds: 1_780_164_245)
        #expect("\(moment)" == "2026-05-30T18:04:05Z")
        #expect(Timestamp("\(moment)") == moment)
        #expect(Timestamp("yesterday") == nil)
    }

    @Test(arguments: [("a", true), ("room-price-2", true), ("2", true), ("", false), ("-a", false), ("a-", false), ("A", false), ("a_b", false), ("é", false)])
    func resourceNames(_ name: String, _ isGood: Bool) {
        #expect(ObjectNames.isResourceName(name) == isGood)
    }
}
