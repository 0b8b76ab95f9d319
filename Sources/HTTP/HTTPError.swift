import CCurl
import Glibc

/// A request without a whole answer: libcurl's code (https://curl.se/libcurl/c/libcurl-errors.html) and words.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The URL, or a setting, cannot be used: no request was made.
        case unusable
        /// The host's name is not known.
        case unknownHost
        /// Nobody answers there, or not with TLS: no request was made.
        case noConnection
        /// The server's certificate is not accepted, or ours cannot be used.
        case tls
        /// Not a byte came or went for too long.
        case idle
        /// The connection broke, or what came over it is not HTTP.
        case broken
        /// The caller's task was cancelled.
        case cancelled
    }

    package let kind: Kind
    /// CURLcode; 0 when libcurl had no part in it.
    package let code: Int32
    package let message: String

    /// For a wait between requests that was cancelled.
    package static let cancelled = HTTPError(.cancelled, "the request was cancelled")

    init(_ kind: Kind, _ message: String, code: Int32 = 0) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    /// `connectFault` is the system's error when there was no connection
    /// (https://curl.se/libcurl/c/CURLINFO_OS_ERRNO.html), else 0.
    init(_ code: CURLcode, _ words: String, connectFault: Int32 = 0) {
        let text = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
        self.init(Self.kind(of: code, text, connectFault), text, code: Int32(bitPattern: code.rawValue))
    }

    private static func kind(of code: CURLcode, _ words: String, _ connectFault: Int32) -> Kind {
        switch code {
        // Somebody is there, who hangs up: a server that is restarted behind a load balancer.
        case CURLE_COULDNT_CONNECT where [ECONNRESET, ENOTCONN].contains(connectFault): .broken
        case CURLE_COULDNT_CONNECT where hangsUp(words): .broken
        case CURLE_SSL_CONNECT_ERROR where hangsUp(words): .broken
        case CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION,
            CURLE_BAD_FUNCTION_ARGUMENT, CURLE_OUT_OF_MEMORY:
            .unusable
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unknownHost
        // A handshake that breaks off is a connection that did not come to stand: nothing was said of certificates.
        case CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_PROXY, CURLE_INTERFACE_FAILED, CURLE_SSL_CONNECT_ERROR:
            .noConnection
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_INVALIDCERTSTATUS:
            .tls
        default: .broken
        }
    }

    /// libcurl may say first that the other end was gone when it asked for its address; these words stay.
    private static func hangsUp(_ words: String) -> Bool {
        ["reset by peer", "SSL_ERROR_SYSCALL", "getpeername() failed"].contains { words.contains($0) }
    }

    /// The request cannot have reached the server.
    package var isUnsent: Bool {
        switch kind {
        case .unusable, .unknownHost, .noConnection, .tls: true
        case .idle, .broken, .cancelled: false
        }
    }

    package var description: String { message }
}
