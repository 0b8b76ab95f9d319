import Model

/// What `kreform init` writes into an empty folder.
package enum StarterFile {
    package static let name = "kreform.yaml"

    /// A name for the engine made from a folder's: what of it may be in a name, at most 20 characters.
    package static func engineName(forFolder folder: String) -> String {
        let name = folder.split(separator: "/").last ?? ""
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        var engine = String(words.joined(separator: "-").prefix(20))
        while engine.hasSuffix("-") { engine.removeLast() }
        return ObjectNames.isResourceName(engine) ? engine : "my-engine"
    }

    /// A desired-state file with every key explained, which passes `validate` as it is.
    package static func text(engine: String) -> String {
        """
        # Desired state of the engine `\(engine)`: its runtimes, the versions in them, and each version's status.
        #
        #   kreform validate          checks this file and every package it names
        #   kreform plan --sandbox    shows what would happen
        #   kreform apply --sandbox   makes it so, in a simulated cluster; without --sandbox in Kubernetes

        kreform: v1                       # the version of this format
        engine: \(engine)

        # Base domain of published entrypoints: entrypoint.RUNTIME.DOMAIN.
        # domain: ai.example.com

        # The kubeconfig's current context, unless you name another.
        # cluster: {context: production}

        # Inputs, used as ${var.NAME}. Set them with --var NAME=VALUE, --var-file FILE or KREFORM_VAR_NAME.
        # variables:
        #   currency:
        #     default: EUR
        #     description: ISO code of quoted prices

        # A runtime is an isolated environment with a namespace and a stack of its own.
        runtimes:
          - name: main
            description: The first runtime
            # protect: true             # never destroyed by a plan
            # stack: {preset: small}    # dev, small or production
            versions: []
              # One item for each version. Its name is read from the package.
              # - krt: krt/room-price-v1.krt
              #   status: published     # stopped, started or published; one of a runtime is published at a time
              #   config:               # a value for each variable and file that the package declares
              #     OUTPUT_PRICE_CURRENCY: ${var.currency}
              #     API_SECRET: {env: ROOM_PRICE_API_SECRET}      # sensitive: goes into a Secret
              #     TLS_CERT: {file: certs/room-price.pem}        # sensitive as well
              #     TOKEN: {secret: {name: tokens, key: price}}   # a Secret that exists in the cluster

        """
    }

    /// A `.gitignore` that keeps the state out of the repository.
    package static let gitignore = """
        # State and sandbox of kreform: kept beside the files, shared by other means than git.
        state/
        # Values that are not for everyone.
        *.secret.yaml

        """
}
