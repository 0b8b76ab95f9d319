import JSON
import Model

/// What a credential plugin answered: the `status` of an `ExecCredential`
/// (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/).
struct IssuedCredential: Sendable, Hashable {
    let credential: Credential
    /// Seconds since 1970; nil when it is good for the whole run.
    let expires: Double?

    /// How early a credential counts as expired, in seconds: a request takes time to arrive, and clocks differ.
    private static let margin = 5.0

    func isValid(at now: Double) -> Bool { expires.map { now < $0 - Self.margin } ?? true }

    init(credential: Credential, expires: Double?) {
        self.credential = credential
        self.expires = expires
    }

    /// Why an answer is of no use: completes "answered with …". Nothing of the answer but names and places.
    struct Fault: Error, Sendable, Hashable {
        let what: String
        let advice: String

        init(_ what: String, _ advice: String = "") {
            self.what = what
            self.advice = advice
        }
    }

    /// Reads what a plugin wrote, in the version of the API that it was asked for.
    init(parsing answer: [UInt8], version: String) throws(Fault) {
        guard !answer.isBlank else { throw Fault("nothing at all") }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: answer) } catch {
            throw Fault("something that is not JSON (line \(error.line), column \(error.column))")
        }
        guard value["kind"]?.string == "ExecCredential" else { throw Fault("JSON that is not of the kind `ExecCredential`") }
        let spoken = value["apiVersion"]?.string ?? ""
        guard spoken == version else {
            throw Fault(
                spoken.isEmpty ? "an ExecCredential without an `apiVersion`" : "an ExecCredential of `\(spoken.prefix(60))`",
                "The kubeconfig asks for `\(version)`: update the plugin, or change `apiVersion` of the user's `exec`.")
        }
        guard let status = value["status"], status.object != nil else { throw Fault("an ExecCredential without a `status`") }
        credential = try Self.credential(status)
        guard let expiry = status["expirationTimestamp"], !expiry.isNull else {
            expires = nil
            return
        }
        guard let time = expiry.string.flatMap(RFC3339.seconds) else {
            throw Fault("an `expirationTimestamp` that is no time of RFC 3339, such as `2026-05-30T18:04:05Z`")
        }
        expires = time
    }

    private static func credential(_ status: JSONValue) throws(Fault) -> Credential {
        func text(_ key: String) throws(Fault) -> String? {
            guard let value = status[key], !value.isNull else { return nil }
            guard let text = value.string else { throw Fault("a `\(key)` that is not text") }
            return text.isEmpty ? nil : text
        }
        let token = try text("token")
        let certificate = try text("clientCertificateData")
        let key = try text("clientKeyData")
        guard token != nil || certificate != nil || key != nil else {
            throw Fault("neither a `token` nor a `clientCertificateData`")
        }
        guard (certificate == nil) == (key == nil) else {
            throw Fault(
                key == nil
                    ? "a `clientCertificateData` without its `clientKeyData`"
                    : "a `clientKeyData` without its `clientCertificateData`")
        }
        if let token, !token.isHeaderText { throw Fault("a `token` with a line break or another control character in it") }
        if let certificate, PEM.fault(Array(certificate.utf8), .certificate) != nil {
            throw Fault("a `clientCertificateData` that holds no certificate in PEM")
        }
        if let key, PEM.fault(Array(key.utf8), .privateKey) != nil {
            throw Fault("a `clientKeyData` that holds no private key in PEM, or an encrypted one")
        }
        return Credential(
            authorization: token.map(Credential.bearer), clientCertificate: certificate.map { Array($0.utf8) },
            clientKey: key.map { Array($0.utf8) })
    }
}
