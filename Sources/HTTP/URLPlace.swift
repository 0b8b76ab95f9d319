/// The parts of an `https` or `http` URL that say where it goes.
struct URLPlace {
    let isSecure: Bool
    /// As it stands in the URL: an IPv6 address has its brackets.
    let host: String
    let port: Int
    /// Path and query.
    let rest: String

    /// What the server gets to see as the host that was asked: the port is left out where it is the scheme's own, as libcurl does it.
    var authority: String { port == (isSecure ? 443 : 80) ? host : "\(host):\(port)" }

    init?(_ url: String) {
        let scheme = url.prefix { $0 != ":" }
        guard url.dropFirst(scheme.count).hasPrefix("://") else { return nil }
        guard scheme == "http" || scheme == "https" else { return nil }
        isSecure = scheme == "https"
        let after = url.dropFirst(scheme.count + 3)
        let place = after.prefix { $0 != "/" && $0 != "?" }
        rest = String(after.dropFirst(place.count))
        let afterBracket = place.lastIndex(of: "]") ?? place.startIndex
        if let colon = place[afterBracket...].lastIndex(of: ":") {
            guard let port = Int(place[place.index(after: colon)...]) else { return nil }
            host = String(place[..<colon])
            self.port = port
        } else {
            host = String(place)
            port = isSecure ? 443 : 80
        }
    }
}
