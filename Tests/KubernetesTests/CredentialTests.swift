import Kubernetes
import Testing

@Suite struct CredentialTests {
    @Test func `Nothing of a credential is printed`() {
        let credential = Credential(
            authorization: "Bearer hunter2", clientCertificate: Array("hunter2".utf8), clientKey: Array("hunter2".utf8))
        var dumped = ""
        dump(credential, to: &dumped)
        #expect("\(credential)" == "(credential)")
        #expect(!"\(String(reflecting: credential)) \([credential]) \(dumped)".contains("hunter2"))
        #expect(!dumped.contains("104"))
    }
}
