import Glibc

/// A folder that goes with the test.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/kreform-test.XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "" }
    }

    deinit { system("rm -rf '\(path)'") }

    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) -> String {
        let file = "\(path)/\(name)"
        let stream = fopen(file, "w")
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        return file
    }
}

/// Every byte of a file; none when there is none.
package func contents(of path: String) -> [UInt8] {
    guard let stream = fopen(path, "r") else { return [] }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { bytes += buffer[..<count] }
    return bytes
}
