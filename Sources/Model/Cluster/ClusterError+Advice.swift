extension ClusterError {
    /// What the server said and what can be done about it, in whole sentences: the detail of a diagnostic.
    package var advice: String {
        if kind == .noCredential { return message }
        let says = message.isEmpty ? "" : isFromServer ? "The server says: \(message)" : message.sentence
        return [says, remedy].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// What is behind it, for all objects to which the same happened. `effect` completes `10 objects …`.
    package func cause(_ effect: String) -> Diagnostic.Cause {
        let reason = message.reasonOfRefusal
        let name = if case .webhookFailed(let webhook) = kind { webhook } else { reason.nameOfCause }
        return Diagnostic.Cause(name: name, effect: effect, detail: ClusterError(kind, reason).advice)
    }

    private var remedy: String {
        switch kind {
        case .forbidden: "Ask the cluster's administrators for the right to do this (`kubectl auth can-i`)."
        case .unauthorized: "Log in to the cluster again, then run the same command."
        case .quotaExceeded: "Raise the namespace's quota, or ask for less."
        case .admissionDenied: "A policy of the cluster refused it: change what it asks for, or the policy."
        case .webhookFailed: webhookRemedy
        case .namespaceTerminating: "Wait until the namespace is gone, then run the same command again."
        case .notServed: "Install the custom resource definition of this kind first."
        case .tooManyRequests, .server: "The server was too busy or failed for too long. Run the same command again."
        case .connection: "No whole answer came. Check the connection, then run the same command again."
        case .unreachable: "Check the server and the certificates in the kubeconfig, and the way there (`kubectl version`)."
        case .stale, .gone: "The object keeps changing. Run the same command again."
        default: ""
        }
    }

    private var webhookRemedy: String {
        let service = webhookService.map { "Service \($0.name) in namespace \($0.namespace)" } ?? "the service behind it"
        return """
            The server asks this admission webhook before it takes such objects, and refuses them when it has no answer. See to \(service), \
            or to the webhook's configuration (`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations`), then run \
            the same command again.
            """
    }

    /// Of the URL that the server called: `https://NAME.NAMESPACE.svc:443/…`.
    private var webhookService: (name: String, namespace: String)? {
        guard let start = message.firstRange(of: "https://")?.upperBound else { return nil }
        let host = message[start...].prefix { $0 != "/" && $0 != ":" && $0 != "?" && $0 != "\"" }.split(separator: ".")
        return host.count >= 3 && host[2] == "svc" ? (String(host[0]), String(host[1])) : nil
    }

    /// Whether the message is the server's own.
    private var isFromServer: Bool {
        switch kind {
        case .unreachable, .connection: false
        default: true
        }
    }

    /// The request may have been carried out although it failed.
    package var isAmbiguous: Bool {
        switch kind {
        case .connection, .server: true
        default: false
        }
    }
}

extension String {
    /// What the server says without the object that it says it of: `configmaps "a" is forbidden: exceeded quota: …`.
    package var reasonOfRefusal: String {
        guard let start = firstRange(of: "is forbidden: ")?.upperBound, start < endIndex else { return self }
        return String(self[start...])
    }

    /// What is the same for all that were refused for this reason: a quota's name, not how much of it each asked for.
    package var nameOfCause: String {
        guard hasPrefix("exceeded quota: "), let end = firstRange(of: ", requested: ")?.lowerBound else { return self }
        return String(self[..<end])
    }

    /// With a capital at its start and a full stop at its end.
    fileprivate var sentence: String {
        let text = prefix(1).uppercased() + dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }
}
