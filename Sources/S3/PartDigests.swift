import Digest
import Glibc

/// Reads a file once from its beginning to its end, and digests it part by part and whole.
final class PartDigests {
    private let path: String
    private let descriptor: Int32
    private var place = 0
    private var whole = RunningDigest()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)

    struct Fault: Error { let reason: String }

    /// Opens the file. It must have `size` bytes.
    init(_ path: String, size: Int) throws(Fault) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Fault(reason: "\(path) cannot be read: \(String(cString: strerror(errno)))") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
            throw Fault(reason: "\(path) has changed: it had \(size) bytes and has \(status.st_size)")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// The digests of the next `length` bytes.
    func next(_ length: Int) throws(Fault) -> S3Digests {
        var sha256 = RunningDigest()
        var md5 = RunningMD5()
        let end = place + length
        while place < end {
            let count = pread(descriptor, buffer.baseAddress, min(buffer.count, end - place), off_t(place))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = count < 0 ? String(cString: strerror(errno)) : "it has become shorter"
                throw Fault(reason: "\(path) cannot be read: \(reason)")
            }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            sha256.update(bytes)
            md5.update(bytes)
            whole.update(bytes)
            place += count
        }
        return S3Digests(sha256: sha256.finish(), md5: md5.finish())
    }

    /// Of everything so far.
    var digest: SHA256Digest { whole.finish() }
}
