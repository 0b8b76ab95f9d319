import CZlib
import Glibc

/// A gzip file, unpacked block by block, with the checksum and the length of every member proved (RFC 1952), which libarchive
/// leaves out. Follows zlib.h. What stands after the last member is passed over, as gzip(1) does.
final class GzipSource {
    /// Unpacked bytes, as many as `fill` gave.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    /// Why `fill` gave -1.
    private(set) var fault: ArchiveError?
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let descriptor: Int32
    /// Sees every byte of the file, in order, by the time `fill` gave 0.
    private let onRawBytes: (UnsafeRawBufferPointer) -> Void
    private var place = Place.start

    private enum Place {
        case start, member, afterMember, end
    }

    /// Opens the file at `path`.
    init(path: String, onRawBytes: @escaping (UnsafeRawBufferPointer) -> Void) throws(ArchiveError) {
        self.onRawBytes = onRawBytes
        stream.initialize(to: z_stream())
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ArchiveError(.file, String(cString: strerror(errno))) }
        // 15 bits of window; 16 more ask for gzip's header and trailer, and for nothing else.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw ArchiveError(.file, "There is not enough memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        if descriptor >= 0 { close(descriptor) }
        input.deallocate()
        buffer.deallocate()
    }

    /// How many bytes `buffer` holds now: 0 at the end, -1 after a failure.
    func fill() -> Int {
        if fault != nil { return -1 }
        do throws(ArchiveError) {
            return try unpack()
        } catch {
            fault = error
            return -1
        }
    }

    private func unpack() throws(ArchiveError) -> Int {
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(buffer.count)
        while true {
            if stream.pointee.avail_in == 0 { try read() }
            guard try begin() else { return filled }
            let status = inflate(stream, Z_NO_FLUSH)
            switch status {
            case Z_STREAM_END:
                place = .afterMember
            case Z_OK, Z_BUF_ERROR:
                if stream.pointee.avail_out == 0 { return filled }
                if stream.pointee.avail_in > 0 { continue }
                try read()
                guard stream.pointee.avail_in > 0 else { throw ArchiveError(.damaged, "It ends too early") }
            default:
                throw ArchiveError(.damaged, reason())
            }
        }
    }

    private var filled: Int { buffer.count - Int(stream.pointee.avail_out) }

    /// Whether there is something to unpack here.
    private func begin() throws(ArchiveError) -> Bool {
        switch place {
        case .end: return false
        case .member: return true
        case .start:
            guard stream.pointee.avail_in > 0 else { throw ArchiveError(.damaged, "It is empty") }
            guard stream.pointee.next_in[0] == 0x1F else { throw ArchiveError(.damaged, "It is not gzip-compressed") }
            place = .member
            return true
        case .afterMember:
            if stream.pointee.avail_in > 0, stream.pointee.next_in[0] == 0x1F {
                inflateReset(stream)
                place = .member
                return true
            }
            while stream.pointee.avail_in > 0 { try read() }
            place = .end
            return false
        }
    }

    /// The next block of the file; none at its end.
    private func read() throws(ArchiveError) {
        while true {
            let count = Glibc.read(descriptor, input.baseAddress, input.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ArchiveError(.file, String(cString: strerror(errno))) }
            stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(count)
            if count > 0 { onRawBytes(UnsafeRawBufferPointer(rebasing: input[..<count])) }
            return
        }
    }

    /// zlib's phrases in words of ours.
    private func reason() -> String {
        switch stream.pointee.msg.map({ String(cString: $0) }) {
        case "incorrect data check", "incorrect length check": "Its content does not match its checksum"
        case "incorrect header check", "unknown compression method": "It is not gzip-compressed"
        case let words?: "Its compressed data is damaged (\(words))"
        case nil: "Its compressed data is damaged"
        }
    }
}
