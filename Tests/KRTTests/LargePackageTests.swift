import CZlib
import Glibc
import KRT
import Model
import TestSupport
import Testing

@Suite struct LargePackageTests {
    private static let package = LargePackage(blocks: 576)

    /// Read in a process of its own: peak memory is the whole process', and other tests run beside this one.
    @Test func aPackageOfMoreThanTwoGigabytesIsVerifiedInBoundedMemory() async {
        #expect(Self.package.size > 2 << 30)
        Self.package.write(to: Self.path(getpid()))
        defer { unlink(Self.path(getpid())) }
        #if compiler(>=6.2)
        await #expect(processExitsWith: .success) { LargePackageTests.verify(LargePackageTests.path(getppid())) }
        #else
        Self.verify(Self.path(getpid()))
        #endif
    }

    private static func path(_ process: pid_t) -> String { "/tmp/kreform-large.\(process).krt" }

    private static func verify(_ path: String) {
        let before = peakKilobytes()
        #expect(before > 0)
        let (package, diagnostics) = KRT.read(path: path)
        let growth = peakKilobytes() - before
        #expect(diagnostics == [])
        #expect(package?.entries.first { $0.path == "models/weights.bin" }?.size == Self.package.size)
        #expect(growth < 64 << 10, "peak memory grew by \(growth) KiB")
    }

    /// The peak of resident memory (proc(5), VmHWM). getrusage's begins, in a child, with what its parent had.
    private static func peakKilobytes() -> Int {
        let status = String(decoding: contents(of: "/proc/self/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return Int(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "") ?? 0
    }
}

/// A sound package with one large file: a block of 4 MiB, again and again. The block is compressed once, on its own, so that its
/// compressed bytes can be repeated too (zlib's full flush), and the checksums are combined.
private struct LargePackage {
    let blocks: Int
    private static let blockSize = 4 << 20

    /// Of the large file.
    var size: Int { blocks * Self.blockSize }

    func write(to path: String) {
        let block = (0..<Self.blockSize).map { index in UInt8(truncatingIfNeeded: ((index % 5_003) &* 0x9E37_79B1) >> 13) }
        var files = PackageFiles()
        files.bytes["krt.yml"] = Array(KRTTests.good.utf8)
        var tar = TarBuilder()
        for (path, data) in files.bytes.sorted(by: { $0.key < $1.key }) { tar.add(path, data: data) }
        tar.add("models/weights.bin", size: size)
        let end = [UInt8](repeating: 0, count: 1024)

        var deflater = Deflater()
        let stream = fopen(path, "w")
        func put(_ bytes: [UInt8]) { fwrite(bytes, 1, bytes.count, stream) }
        put([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
        put(deflater.add(tar.bytes, flush: Z_FULL_FLUSH))
        let packed = deflater.add(block, flush: Z_FULL_FLUSH)
        let blockSum = Self.checksum(block)
        var sum = Self.checksum(tar.bytes)
        for _ in 0..<blocks {
            put(packed)
            sum = crc32_combine(sum, blockSum, block.count)
        }
        put(deflater.add(end, flush: Z_FINISH))
        sum = crc32_combine(sum, Self.checksum(end), end.count)
        for number in [UInt32(sum), UInt32(truncatingIfNeeded: tar.bytes.count + size + end.count)] {
            put((0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
        }
        fclose(stream)
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt { crc32(0, bytes, UInt32(bytes.count)) }
}

/// One raw deflate stream (RFC 1951).
private struct Deflater: ~Copyable {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() {
        stream.initialize(to: z_stream())
        deflateInit2_(stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    mutating func add(_ bytes: [UInt8], flush: Int32) -> [UInt8] {
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count + 4096)
        let room = output.count
        return input.withUnsafeMutableBufferPointer { source in
            let count = output.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_in = source.baseAddress
                stream.pointee.avail_in = UInt32(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(room)
                deflate(stream, flush)
                return room - Int(stream.pointee.avail_out)
            }
            return Array(output[..<count])
        }
    }
}
