import CCurl
import Glibc

/// Gives libcurl a part of a file, on the loop's thread (https://curl.se/libcurl/c/CURLOPT_READFUNCTION.html).
final class FileSource {
    /// Why reading failed.
    private(set) var fault: String?
    private let file: FileBody
    private let descriptor: Int32
    private let touched: () -> Void
    private var given = 0

    /// Opens the file. `touched` is called whenever libcurl asks for more.
    init(_ file: FileBody, touched: @escaping () -> Void) throws(HTTPError) {
        self.file = file
        self.touched = touched
        descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw HTTPError(.unusable, "\(file.path) cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The handle must not outlive this.
    func attach(to handle: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_set_pointer(handle, CURLOPT_READDATA, context)
        _ = ccurl_set_data_function(handle, CURLOPT_READFUNCTION, giveBody)
        _ = ccurl_set_pointer(handle, CURLOPT_SEEKDATA, context)
        _ = ccurl_set_seek_function(handle, seekBody)
    }

    fileprivate func read(_ buffer: UnsafeMutableRawPointer?, _ room: Int) -> Int {
        touched()
        let wanted = min(room, file.length - given)
        guard wanted > 0 else { return 0 }
        while true {
            let count = pread(descriptor, buffer, wanted, off_t(file.offset + given))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = count < 0 ? String(cString: strerror(errno)) : "it has become shorter"
                fault = "\(file.path) cannot be read: \(reason)"
                return Int(CURL_READFUNC_ABORT)
            }
            given += count
            file.sent?(count)
            return count
        }
    }

    fileprivate func seek(to place: Int) {
        file.sent?(place - given)
        given = place
    }
}

private func giveBody(
    _ pointer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return Int(CURL_READFUNC_ABORT) }
    return Unmanaged<FileSource>.fromOpaque(context).takeUnretainedValue().read(pointer, size * count)
}

/// A connection that was kept may turn out to be closed: the body goes again from its beginning.
private func seekBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard let context, origin == SEEK_SET else { return Int32(CURL_SEEKFUNC_FAIL) }
    Unmanaged<FileSource>.fromOpaque(context).takeUnretainedValue().seek(to: Int(offset))
    return Int32(CURL_SEEKFUNC_OK)
}
