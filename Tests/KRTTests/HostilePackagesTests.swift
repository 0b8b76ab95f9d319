import Archive
import KRT
import Model
import TestSupport
import Testing
import Views

/// Packages that are refused before their manifest is read, with all that is said about each.
@Suite struct HostilePackagesTests {
    private let folder = TemporaryFolder()
    private static let limits = ArchiveLimits(entries: 3, entryBytes: 1_000, totalBytes: 1_500)

    private func said(_ bytes: [UInt8]) -> String {
        let result = KRT.read(path: folder.write(bytes, to: "a.krt"), limits: Self.limits)
        #expect(result.package == nil)
        return rendered(result.diagnostics)
    }

    private func rendered(_ diagnostics: [Diagnostic]) -> String {
        let text = DiagnosticsText.render(diagnostics, style: Style(colored: false, width: 200))
        return text.replacing("\(folder.path)/", with: "")
    }

    private func refusal(_ reason: String, code: String = "refused-package") -> String {
        "Error: The package `a.krt` cannot be read [\(code)]\n  \(reason)\n"
    }

    private func said(_ build: (inout TarBuilder) -> Void) -> String {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(KRTTests.good.utf8))
        build(&tar)
        return said(tar.gzipped())
    }

    @Test func entriesThatNoPackageHasAreRefused() {
        let advice = "A package holds regular files and folders with relative paths, each once. Make it anew with `kreform krt pack`."
        func expected(_ reason: String) -> String { refusal("\(reason) \(advice)") }
        #expect(said { $0.add("/etc/passwd") } == expected("`/etc/passwd`: Its path is absolute."))
        #expect(said { $0.add("src/../../x") } == expected("`src/../../x`: Its path has `..` in it."))
        #expect(said { $0.add("x", type: "2", link: "../../etc/passwd") } == expected("`x`: It is a link."))
        #expect(said { $0.add("x", type: "1", link: "krt.yml") } == expected("`x`: It is a link."))
        #expect(said { $0.add("x", type: "3") } == expected("`x`: It is neither a file nor a folder."))
        #expect(said { $0.add("krt.yml") } == expected("`krt.yml`: There are two entries of this name."))
        #expect(said { $0.add("a\u{1B}[2Jb") } == expected("`a\u{FFFD}[2Jb`: Its path has control characters in it."))
    }

    @Test func whatExpandsPastALimitIsRefused() {
        let advice = "Such an archive is not read any further. Leave out what the version does not need."
        let data = [UInt8](repeating: 65, count: 900)
        #expect(said { $0.add("x", data: data + data) } == refusal("`x`: It expands past 1000 bytes. \(advice)"))
        #expect(said { $0.add("x", data: data); $0.add("y", data: data) }
            == refusal("`y`: The archive expands past 1500 bytes. \(advice)"))
        #expect(said { tar in ["x", "y", "z"].forEach { tar.add($0) } } == refusal("It has more than 3 entries. \(advice)"))
    }

    @Test func damageIsRefused() {
        let advice = "A package is a gzip-compressed tar. Make it anew with `kreform krt pack`."
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(KRTTests.good.utf8))
        let whole = tar.gzipped()
        #expect(said(Array(whole[..<700])) == refusal("It ends too early. \(advice)"))
        var changed = whole
        changed[600] ^= 4
        #expect(said(changed) == refusal("Its content does not match its checksum. \(advice)"))
        #expect(said(tar.bytes) == refusal("It is not gzip-compressed. \(advice)"))
        #expect(said([]) == refusal("It is empty. \(advice)"))
        #expect(said(TarBuilder.gzip([1, 2, 3])) == refusal("What is compressed in it is not a tar. \(advice)"))
    }

    @Test func whatCannotBeOpenedSaysWhy() {
        #expect(rendered(KRT.read(path: "\(folder.path)/a.krt").diagnostics)
            == refusal("No such file or directory.", code: "unreadable-package"))
    }
}
