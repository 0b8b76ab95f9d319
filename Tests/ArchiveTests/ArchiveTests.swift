import Archive
import Testing

@Suite struct ArchiveTests {
    let folder = TemporaryFolder()

    private func entries(_ bytes: [UInt8], limits: ArchiveLimits = .standard) throws(ArchiveError) -> [String: String] {
        var raw: [UInt8] = []
        let reader = try ArchiveReader(path: folder.write(bytes, to: "a.krt"), limits: limits) { raw += $0 }
        var found: [String: String] = [:]
        while let entry = try reader.next() {
            var data: [UInt8] = []
            if entry.kind == .file { try reader.read { data += $0 } }
            found[entry.path] = entry.kind == .folder ? "folder" : String(decoding: data, as: UTF8.self)
        }
        #expect(raw == bytes)
        return found
    }

    private func refusal(limits: ArchiveLimits = .standard, _ build: (inout TarBuilder) -> Void) -> String {
        var tar = TarBuilder()
        build(&tar)
        return refusal(of: tar.gzipped(), limits: limits)
    }

    private func refusal(of bytes: [UInt8], limits: ArchiveLimits = .standard) -> String {
        do throws(ArchiveError) {
            return "accepted \(try entries(bytes, limits: limits).keys.sorted())"
        } catch {
            return "\(error.kind.rawValue): \(error.reason)\(error.entry.map { " (\($0))" } ?? "")"
        }
    }

    @Test func filesAndFoldersAreReadAndEveryByteIsSeen() throws {
        var tar = TarBuilder()
        tar.add("./", type: "5")
        tar.add("./src/", type: "5")
        tar.add("./src//main.py", data: Array("print()".utf8))
        tar.add("krt.yml", data: Array("version: v1".utf8))
        #expect(try entries(tar.gzipped() + [9, 9, 9]) == [
            "src": "folder", "src/main.py": "print()", "krt.yml": "version: v1",
        ])
    }

    @Test func pathsThatLeadOutAreRefused() {
        #expect(refusal { $0.add("/etc/passwd") } == "path: Its path is absolute (/etc/passwd)")
        #expect(refusal { $0.add("a/../../b") } == "path: Its path has `..` in it (a/../../b)")
        #expect(refusal { $0.add("..", type: "5") } == "path: Its path has `..` in it (..)")
        #expect(refusal { $0.add("a\u{1B}[2J") }.hasPrefix("path: Its path has control characters in it"))
    }

    @Test(arguments: [("1", "It is a link"), ("2", "It is a link"), ("3", "It is neither a file nor a folder"),
        ("4", "It is neither a file nor a folder"), ("6", "It is neither a file nor a folder")])
    func linksAndDevicesAreRefused(_ type: String, _ reason: String) {
        #expect(refusal { $0.add("x", type: Character(type), link: "krt.yml") } == "type: \(reason) (x)")
    }

    @Test func twoEntriesOfOneNameAreRefused() {
        #expect(refusal { $0.add("a/b"); $0.add("./a//b") } == "duplicate: There are two entries of this name (a/b)")
        #expect(refusal { $0.add("a"); $0.add("a/b") } == "duplicate: It is inside `a`, which is a file (a/b)")
        #expect(refusal { $0.add("a/b"); $0.add("a") } == "duplicate: It is a file, and a folder for other entries (a)")
        #expect(refusal { $0.add("a", type: "5"); $0.add("a", type: "5") } == #"accepted ["a"]"#)
    }

    @Test func limitsHold() {
        let limits = ArchiveLimits(entries: 3, entryBytes: 100, totalBytes: 150)
        let data = [UInt8](repeating: 65, count: 90)
        #expect(refusal(limits: limits) { $0.add("a", data: data + data) } == "limit: It expands past 100 bytes (a)")
        #expect(refusal(limits: limits) { $0.add("a", data: data); $0.add("b", data: data) }
            == "limit: The archive expands past 150 bytes (b)")
        #expect(refusal(limits: limits) { for name in ["a", "b", "c", "d"] { $0.add(name) } }
            == "limit: It has more than 3 entries")
    }

    @Test func whatIsNoGzippedTarIsRefused() {
        #expect(refusal(of: Array("PK\u{3}\u{4} something else entirely".utf8)).hasPrefix("damaged: "))
        #expect(refusal(of: []) == "damaged: Unrecognized archive format")
    }

    @Test func everyTruncationIsRefusedAndNoMutationCrashes() throws {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(repeating: 66, count: 900))
        tar.add("src/main.py", data: Array(repeating: 67, count: 700))
        let whole = tar.gzipped()
        let dataEnd = 15 + tar.bytes.count  // after gzip's header and the stored block's
        for length in 0..<dataEnd where length % 7 == 0 || length > dataEnd - 9 {
            #expect(!refusal(of: Array(whole[..<length])).hasPrefix("accepted"), "cut after \(length) bytes")
        }
        var seed: UInt64 = 7
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            _ = refusal(of: bytes)
        }
    }

    @Test func writingDependsOnContentAlone() throws {
        let one = folder.write(Array("one".utf8), to: "one")
        let two = folder.write(Array("two".utf8), to: "two")
        let first = "\(folder.path)/first.krt", second = "\(folder.path)/second.krt"
        try ArchiveWriter.write([(path: "krt.yml", source: one), (path: "src/ä.py", source: two)], to: first)
        try ArchiveWriter.write([(path: "src/ä.py", source: two), (path: "krt.yml", source: one)], to: second)
        let bytes = contents(of: first)
        #expect(!bytes.isEmpty && bytes == contents(of: second))
        #expect(Array(bytes[4..<8]) == [0, 0, 0, 0])
        #expect(try entries(bytes) == ["krt.yml": "one", "src/ä.py": "two"])
    }

    @Test func aFailedWriteLeavesNothing() {
        let target = "\(folder.path)/x.krt"
        #expect(throws: ArchiveError.self) {
            try ArchiveWriter.write([(path: "a", source: "\(folder.path)/absent")], to: target)
        }
        #expect(contents(of: target).isEmpty)
    }
}
