import Files
import Model

extension LocalFile {
    /// A file that is there and has a name near that of `path`.
    static func near(_ path: String) -> String? {
        let folder = FilePath.folder(of: path)
        guard let names = try? names(in: folder) else { return nil }
        return nearest(to: FilePath.name(of: path), among: names).map { FilePath.join(folder, $0) }
    }
}
