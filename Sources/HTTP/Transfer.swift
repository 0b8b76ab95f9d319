import CCurl
import Glibc

/// One request on its way, on the loop's thread: a libcurl easy handle (https://curl.se/libcurl/c/libcurl-easy.html) and what has come
/// in for it.
final class Transfer {
    private(set) var handle: UnsafeMutableRawPointer?
    private let request: HTTPRequest
    /// The answer is taken whole.
    let isWhole: Bool
    private var sink: AnswerSink?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var fields: [HTTPField] = []
    private var status = 0
    private var isHeadDone = false
    private var isHeadGiven = false
    private var body: [UInt8] = []
    private var source: FileSource?
    private var isSent = false
    /// When a byte came or went last, in seconds of the machine's own clock.
    private(set) var lastActivity = Transfer.now

    init(_ request: HTTPRequest, _ sink: AnswerSink) {
        self.request = request
        self.sink = sink
        isWhole = if case .whole = sink { true } else { false }
        words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        if let handle { curl_easy_cleanup(handle) }
        curl_slist_free_all(headers)
        curl_slist_free_all(connectTo)
        words.deallocate()
    }

    var idleDeadline: Double { request.idleDeadline }
    /// Something of the answer came.
    var hasBegun: Bool { status != 0 }

    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func id(of handle: UnsafeMutableRawPointer?) -> UInt64? {
        var pointer: UnsafeMutableRawPointer?
        guard let handle, ccurl_get_pointer(handle, CURLINFO_PRIVATE, &pointer) == CURLE_OK else { return nil }
        return UInt64(UInt(bitPattern: pointer))
    }

    /// Has libcurl read what it holds for this answer. It does so by itself only when its socket has news, and what came for one
    /// answer of a connection while another was read may have been taken off the socket already
    /// (https://curl.se/libcurl/c/curl_easy_pause.html).
    func poke() {
        guard let handle else { return }
        curl_easy_pause(handle, CURLPAUSE_RECV)
        curl_easy_pause(handle, CURLPAUSE_CONT)
    }

    // MARK: Setting up

    func prepare(_ settings: HTTPSettings, id: UInt64) throws(HTTPError) {
        guard let place = URLPlace(request.url) else { throw HTTPError(.unusable, "\(request.url) is no http or https URL") }
        guard let handle = curl_easy_init() else { throw HTTPError(.unusable, "libcurl is out of memory") }
        self.handle = handle
        let options = EasyOptions(handle)
        options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(words))
        options.set(CURLOPT_PRIVATE, UnsafeMutableRawPointer(bitPattern: UInt(id)))
        options.set(CURLOPT_NOSIGNAL, 1)
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_URL, target(place, settings))
        options.set(CURLOPT_CUSTOMREQUEST, request.method)
        if request.method == "HEAD" { options.set(CURLOPT_NOBODY, 1) }
        options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Wait for a connection that may take many requests, rather than open one for each.
        options.set(CURLOPT_PIPEWAIT, 1)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectDeadline * 1000))
        options.set(CURLOPT_TCP_KEEPALIVE, 1)
        options.set(CURLOPT_TCP_KEEPIDLE, 20)
        options.set(CURLOPT_TCP_KEEPINTVL, 5)
        ccurl_set_socket_function(handle, limitUnacknowledged)
        if !request.isRepeatable {
            options.set(CURLOPT_PREREQDATA, Unmanaged.passUnretained(self).toOpaque())
            ccurl_set_begin_function(handle, beginOnce)
        }
        // An empty list stands for all that libcurl can undo.
        if settings.compresses, HTTPSettings.undoesCompression { options.set(CURLOPT_ACCEPT_ENCODING, "") }
        // What a proxy answers to CONNECT is not the answer.
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // Empty: whatever the environment says.
        options.set(CURLOPT_PROXY, settings.proxy ?? "")
        options.set(CURLOPT_NOPROXY, "")
        secure(settings, options)
        if let signature = request.signature { sign(signature, options) }
        for field in request.fields { headers = curl_slist_append(headers, "\(field.name): \(field.value)") }
        // Servers are not asked whether they want the body: they do. libcurl signs fields of the caller's, this one too, and does not
        // send it (7.88.1, mended in 8.0): signed requests may ask.
        if request.signature == nil { headers = curl_slist_append(headers, "Expect:") }
        ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        if let file = request.file { try send(file, options) } else { send(options) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_WRITEDATA, context)
        options.set(CURLOPT_HEADERDATA, context)
        ccurl_set_data_function(handle, CURLOPT_WRITEFUNCTION, takeBody)
        ccurl_set_data_function(handle, CURLOPT_HEADERFUNCTION, takeHeader)
        guard options.failure == CURLE_OK else { throw HTTPError(options.failure, String(cString: words)) }
    }

    /// The URL to ask. Where the certificate has another name than the host, TLS is told that name, and the connection goes to the host.
    private func target(_ place: URLPlace, _ settings: HTTPSettings) -> String {
        guard let name = settings.serverName, place.isSecure else { return request.url }
        connectTo = curl_slist_append(nil, "\(name):\(place.port):\(place.host):\(place.port)")
        if let handle { ccurl_set_list(handle, CURLOPT_CONNECT_TO, connectTo) }
        headers = curl_slist_append(headers, "Host: \(place.authority)")
        return "https://\(name):\(place.port)\(place.rest)"
    }

    private func secure(_ settings: HTTPSettings, _ options: EasyOptions) {
        options.set(CURLOPT_SSL_VERIFYPEER, settings.verifies ? 1 : 0)
        options.set(CURLOPT_SSL_VERIFYHOST, settings.verifies ? 2 : 0)
        if let authority = settings.certificateAuthority { options.set(CURLOPT_CAINFO_BLOB, authority) }
        guard let client = request.clientCertificate else { return }
        options.set(CURLOPT_SSLCERTTYPE, "PEM")
        options.set(CURLOPT_SSLCERT_BLOB, client.certificate)
        options.set(CURLOPT_SSLKEYTYPE, "PEM")
        options.set(CURLOPT_SSLKEY_BLOB, client.key)
    }

    private func send(_ options: EasyOptions) {
        guard let bytes = request.body, let handle else { return }
        ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        bytes.withUnsafeBytes { bytes in
            // Copied: the array may not stay where it is.
            options.set(CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(words)))
        }
    }

    private func send(_ file: FileBody, _ options: EasyOptions) throws(HTTPError) {
        guard let handle else { return }
        let source = try FileSource(file) { [unowned self] in lastActivity = Self.now }
        self.source = source
        options.set(CURLOPT_UPLOAD, 1)
        ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(file.length))
        options.set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
        source.attach(to: handle)
    }

    private func sign(_ signature: AWSSignature, _ options: EasyOptions) {
        options.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
        options.set(CURLOPT_USERNAME, signature.accessKey)
        options.set(CURLOPT_PASSWORD, signature.secretKey)
        // What is signed is the path as it stands.
        options.set(CURLOPT_PATH_AS_IS, 1)
    }

    // MARK: Taking in

    fileprivate func header(_ line: UnsafeBufferPointer<UInt8>) {
        lastActivity = Self.now
        var line = line[...]
        while let last = line.last, last == 0x0D || last == 0x0A { line.removeLast() }
        guard !line.isEmpty else { return endHead() }
        if line.starts(with: "HTTP/".utf8) {
            // A further head, after an interim one.
            fields = []
            isHeadDone = false
            let parts = line.split(separator: 0x20, maxSplits: 2)
            status = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 : 0
        } else if let colon = line.firstIndex(of: 0x3A) {
            let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            fields.append(HTTPField(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
    }

    private func endHead() {
        // Interim answers are followed by the real one.
        guard !isHeadDone, status >= 200 else { return }
        isHeadDone = true
        guard case .pieces(let head, _) = sink else { return }
        isHeadGiven = true
        head.resume(returning: .success(HTTPHead(status: status, fields: fields)))
    }

    /// Whether a request may be sent that must not be sent twice.
    fileprivate func begin() -> Bool {
        defer { isSent = true }
        return !isSent
    }

    fileprivate func take(_ bytes: UnsafeBufferPointer<UInt8>) {
        lastActivity = Self.now
        if case .pieces(_, let pieces) = sink { pieces.yield(Array(bytes)) } else { body.append(contentsOf: bytes) }
    }

    // MARK: Ending

    func failure(_ code: CURLcode) -> HTTPError {
        if code == CURLE_ABORTED_BY_CALLBACK, source == nil {
            return HTTPError(.broken, "the connection broke before the answer", code: Int32(bitPattern: code.rawValue))
        }
        if let fault = source?.fault { return HTTPError(.unusable, fault, code: Int32(bitPattern: code.rawValue)) }
        var connectFault = 0
        _ = ccurl_get_long(handle, CURLINFO_OS_ERRNO, &connectFault)
        return HTTPError(code, String(cString: words), connectFault: Int32(truncatingIfNeeded: connectFault))
    }

    /// Gives the answer, or the error, to whoever waits for it.
    func end(_ error: HTTPError?) {
        let ended = sink
        sink = nil
        let result = error ?? (isHeadDone ? nil : HTTPError(.broken, "the server closed the connection without an answer"))
        switch ended {
        case nil: return
        case .whole(let waiter):
            if let result { return waiter.resume(returning: .failure(result)) }
            waiter.resume(returning: .success(HTTPResponse(head: HTTPHead(status: status, fields: fields), body: body)))
        case .pieces(let head, let pieces):
            pieces.finish(throwing: result)
            if !isHeadGiven { head.resume(returning: .failure(result ?? HTTPError(.broken, "no answer came"))) }
        }
    }
}

/// Sets options and keeps the first failure.
private final class EasyOptions {
    private let handle: UnsafeMutableRawPointer
    private(set) var failure = CURLE_OK

    init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

    func set(_ option: CURLoption, _ value: Int) { keep(ccurl_set_long(handle, option, value)) }
    func set(_ option: CURLoption, _ value: String) { keep(ccurl_set_text(handle, option, value)) }
    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) { keep(ccurl_set_pointer(handle, option, value)) }
    func set(_ option: CURLoption, _ value: [UInt8]) {
        keep(value.withUnsafeBytes { ccurl_set_blob(handle, option, $0.baseAddress, $0.count) })
    }

    private func keep(_ code: CURLcode) {
        if failure == CURLE_OK { failure = code }
    }
}

private func bytes(_ pointer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    guard let pointer else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(start: UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self), count: size * count)
}

private func takeBody(
    _ pointer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().take(bytes(pointer, size, count))
    return size * count
}

private func takeHeader(
    _ pointer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().header(bytes(pointer, size, count))
    return size * count
}

/// Requests that wait on a kept connection when it breaks are sent again by libcurl, whether they arrived or not
/// (https://everything.curl.dev/transfers/conn/reuse.html): what is changed by that would be changed twice, or refused as stale, with
/// nobody the wiser (https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2).
private func beginOnce(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?, _ port: Int32,
    _ localPort: Int32
) -> Int32 {
    guard let context else { return CURL_PREREQFUNC_OK }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().begin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// A connection whose other end no longer acknowledges is given up after half a minute, not after the quarter of an hour that TCP
/// would try (tcp(7), TCP_USER_TIMEOUT).
private func limitUnacknowledged(
    _ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype
) -> Int32 {
    var milliseconds: UInt32 = 30_000
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(MemoryLayout<UInt32>.size))
    return Int32(CURL_SOCKOPT_OK)
}
