import Archive
import TestSupport
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
        #expect(refusal { $0.add("a\u{1B}[2J") } == "path: Its path has control characters in it (a\u{1B}[2J)")
        #expect(refusal { $0.add(".") } == "path: It is a file without a name (.)")
        #expect(refusal { $0.add("src/..", type: "5") } == "path: Its path has `..` in it (src/..)")
        #expect(refusal { $0.add("a..b/...") } == #"accepted ["a..b/..."]"#)
    }

    @Test func pathsOfExtendedHeadersAreCheckedToo() {
        #expect(refusal { $0.addExtended(["path": "/etc/cron.d/x"]); $0.add("harmless") }
            == "path: Its path is absolute (/etc/cron.d/x)")
        #expect(refusal { $0.addExtended(["path": "../x"]); $0.add("harmless") } == "path: Its path has `..` in it (../x)")
        let long = String(repeating: "a/", count: 2100) + "b"
        #expect(refusal { $0.addExtended(["path": long]); $0.add("harmless") }
            == "path: Its path has more than 4096 bytes (\(long.prefix(60)))")
        #expect(refusal { $0.addExtended(["linkpath": "../../x"]); $0.add("l", type: "2", link: "krt.yml") }
            == "type: It is a link (l)")
        // GNU's long names come as an entry of type L.
        #expect(refusal { $0.add("././@LongLink", type: "L", data: Array("../../long\0".utf8)); $0.add("harmless") }
            == "path: Its path has `..` in it (../../long)")
    }

    @Test(arguments: [("1", "It is a link"), ("2", "It is a link"), ("3", "It is neither a file nor a folder"),
        ("4", "It is neither a file nor a folder"), ("6", "It is neither a file nor a folder")])
    func linksAndDevicesAreRefused(_ type: String, _ reason: String) {
        for target in ["krt.yml", "../../etc/passwd", "/etc/passwd"] {
            #expect(refusal { $0.add("x", type: Character(type), link: target) } == "type: \(reason) (x)")
        }
    }

    @Test func aFileBehindALinkIsNotReached() {
        #expect(refusal { $0.add("out", type: "2", link: "/tmp"); $0.add("out/file") } == "type: It is a link (out)")
    }

    @Test func twoEntriesOfOneNameAreRefused() {
        #expect(refusal { $0.add("a/b"); $0.add("./a//b") } == "duplicate: There are two entries of this name (a/b)")
        #expect(refusal { $0.add("a"); $0.add("a/b") } == "duplicate: It is inside `a`, which is a file (a/b)")
        #expect(refusal { $0.add("a/b"); $0.add("a") } == "duplicate: It is a file, and a folder for other entries (a)")
        #expect(refusal { $0.add("a", type: "5"); $0.add("a", type: "5") } == #"accepted ["a"]"#)
        #expect(refusal { $0.add("a", type: "5"); $0.add("a") } == "duplicate: There are two entries of this name (a)")
        #expect(refusal { $0.add("a"); $0.add("a", type: "5") } == "duplicate: There are two entries of this name (a)")
    }

    @Test func limitsHold() {
        let limits = ArchiveLimits(entries: 3, entryBytes: 100, totalBytes: 150)
        let data = [UInt8](repeating: 65, count: 90)
        #expect(refusal(limits: limits) { $0.add("a", data: data + data) } == "limit: It expands past 100 bytes (a)")
        #expect(refusal(limits: limits) { $0.add("a", data: data); $0.add("b", data: data) }
            == "limit: The archive expands past 150 bytes (b)")
        #expect(refusal(limits: limits) { for name in ["a", "b", "c", "d"] { $0.add(name) } }
            == "limit: It has more than 3 entries")
        #expect(refusal(limits: limits) { for _ in 0..<4 { $0.add("./", type: "5") } } == "limit: It has more than 3 entries")
    }

    @Test func whatExpandsBehindTheEndIsCounted() {
        var tar = TarBuilder()
        tar.add("a")
        let limits = ArchiveLimits(entries: 3, entryBytes: 1 << 10, totalBytes: 1 << 20)
        let zeros = [UInt8](repeating: 0, count: 2 << 20)
        #expect(refusal(of: TarBuilder.gzip(tar.bytes + zeros), limits: limits)
            == "limit: The archive expands past 1048576 bytes")
        // The same in a second member (RFC 1952, 2.2).
        #expect(refusal(of: tar.gzipped() + TarBuilder.gzip(zeros), limits: limits)
            == "limit: The archive expands past 1048576 bytes")
    }

    @Test func holesCountAsDataHoweverFarTheyReach() {
        func sparse(_ map: String) -> String {
            let limits = ArchiveLimits(entries: 3, entryBytes: 1 << 20, totalBytes: 1 << 21)
            return refusal(limits: limits) {
                $0.addExtended(["GNU.sparse.size": "2000", "GNU.sparse.numblocks": "1", "GNU.sparse.map": map])
                $0.add("hollow", data: [1, 2, 3])
            }
        }
        #expect(sparse("1997,3") == #"accepted ["hollow"]"#)
        #expect(sparse("1048575,3") == "limit: It expands past 1048576 bytes (hollow)")
        #expect(sparse("9223372036854775804,3") == "limit: It expands past 1048576 bytes (hollow)")
    }

    @Test func namesTakeBoundedMemory() {
        // Each of 400 paths has 2,000 folders of its own above it: 2,000 × 2 KB a path.
        let tail = String(repeating: "a/", count: 1_990) + "b"
        let said = refusal { tar in
            for index in 0..<400 {
                tar.addExtended(["path": "\(index)/\(tail)"])
                tar.add("x")
            }
        }
        #expect(said == "limit: The names of its entries take more than 64 MiB")
    }

    @Test func whatIsNoGzippedTarIsRefused() {
        var tar = TarBuilder()
        tar.add("a", data: [1])
        #expect(refusal(of: Array("PK\u{3}\u{4} something else entirely".utf8)) == "damaged: It is not gzip-compressed")
        #expect(refusal(of: tar.bytes) == "damaged: It is not gzip-compressed")
        #expect(refusal(of: [0x1F] + tar.bytes) == "damaged: It is not gzip-compressed")
        #expect(refusal(of: []) == "damaged: It is empty")
        #expect(refusal(of: TarBuilder.gzip([])) == "damaged: What is compressed in it is not a tar")
        #expect(refusal(of: TarBuilder.gzip(Array("just a text".utf8))) == "damaged: What is compressed in it is not a tar")
        #expect(refusal(of: TarBuilder.gzip(tar.gzipped())) == "damaged: What is compressed in it is not a tar")
    }

    @Test func whatCannotBeOpenedSaysWhy() {
        func refusal(_ path: String) -> String {
            do throws(ArchiveError) {
                _ = try ArchiveReader(path: path).next()
                return "accepted"
            } catch {
                return "\(error.kind.rawValue): \(error.reason)"
            }
        }
        #expect(refusal("\(folder.path)/absent.krt") == "file: No such file or directory")
        #expect(refusal(folder.path) == "file: Is a directory")
    }

    @Test func changedContentIsRefusedThoughItUnpacks() {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array("version: v1".utf8))
        var bytes = tar.gzipped()
        #expect(refusal(of: bytes) == #"accepted ["krt.yml"]"#)
        // In the file's data: 10 bytes of gzip's header, 5 of the block's, 512 of tar's.
        bytes[10 + 5 + 512] ^= 1
        #expect(refusal(of: bytes) == "damaged: Its content does not match its checksum")
        bytes[10 + 5 + 512] ^= 1
        bytes[bytes.count - 1] ^= 1
        #expect(refusal(of: bytes) == "damaged: Its content does not match its checksum")
    }

    @Test func damageInTheTarIsRefused() {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array("version: v1".utf8))
        tar.add("src/main.py", data: [1])
        var bytes = tar.bytes
        bytes[1024 + 3] ^= 1
        #expect(refusal(of: TarBuilder.gzip(bytes)) == "damaged: Damaged tar archive")
        #expect(refusal(of: TarBuilder.gzip(Array(tar.bytes[..<(1024 + 100)]))) == "damaged: Truncated tar archive")
        #expect(refusal(of: TarBuilder.gzip(Array(tar.bytes[..<(512 + 4)])))
            == "damaged: Truncated tar archive (krt.yml)")
    }

    @Test func membersOfGzipFollowOneAnother() throws {
        var tar = TarBuilder()
        tar.add("a", data: Array("one".utf8))
        tar.add("b", data: Array("two".utf8))
        let whole = tar.bytes + [UInt8](repeating: 0, count: 1024)
        let halves = TarBuilder.gzip(Array(whole[..<700])) + TarBuilder.gzip(Array(whole[700...]))
        #expect(try entries(halves) == ["a": "one", "b": "two"])
        #expect(refusal(of: Array(halves.dropLast(3))) == "damaged: It ends too early")
    }

    @Test func everyTruncationIsRefusedAndNoMutationCrashes() throws {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(repeating: 66, count: 900))
        tar.add("src/main.py", data: Array(repeating: 67, count: 700))
        let whole = tar.gzipped()
        for length in 1..<whole.count where length % 7 == 0 || length > whole.count - 20 {
            let said = refusal(of: Array(whole[..<length]))
            #expect(["damaged: It ends too early", "damaged: It ends too early (krt.yml)",
                "damaged: It ends too early (src/main.py)"].contains(said), "cut after \(length) bytes: \(said)")
        }
        var seed: UInt64 = 7
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            let said = refusal(of: bytes)
            // gzip's header has times and flags that say nothing of the content.
            #expect(bytes[10...] == whole[10...] || !said.hasPrefix("accepted"), "\(said)")
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
