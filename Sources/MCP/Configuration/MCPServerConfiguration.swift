/// How one MCP server is reached. Its values are final: placeholders have been filled by ``filled(from:)``.
public struct MCPServerConfiguration: Sendable, Equatable {
    /// How messages travel.
    public enum Transport: Sendable, Equatable {
        /// A child process that reads and writes lines of JSON.
        case stdio(StdioServer)
        /// A server that is asked with POST and answers with JSON or events.
        case http(HTTPServer)
    }

    /// A server that is a child process.
    public struct StdioServer: Sendable, Equatable {
        /// A path, or a name that is looked up on the `PATH` of its environment.
        public var command: String
        /// What follows the command.
        public var arguments: [String]
        /// What is added to the few variables of ours that it gets (``inheritedVariables``), or replaces them.
        public var environment: [String: String]
        /// Where it starts; nil for where the runner is.
        public var workingDirectory: String?

        /// What a server gets of the runner's own environment: never a key. What MCP's own clients hand on.
        public static let inheritedVariables = [
            "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER",
        ]

        /// Describes a child process.
        public init(
            command: String,
            arguments: [String] = [],
            environment: [String: String] = [:],
            workingDirectory: String? = nil
        ) {
            self.command = command
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
        }
    }

    /// A server that is asked over HTTP.
    public struct HTTPServer: Sendable, Equatable {
        /// Its one address, `http` or `https`.
        public var url: String
        /// What each request carries besides the protocol's own fields.
        public var headers: [String: String]
        /// What is added to the address.
        public var query: [String: String]
        /// How long a call may take; nil for ``MCPClocks/call``.
        public var timeout: Duration?

        /// Describes a server by its address.
        public init(
            url: String,
            headers: [String: String] = [:],
            query: [String: String] = [:],
            timeout: Duration? = nil
        ) {
            self.url = url
            self.headers = headers
            self.query = query
            self.timeout = timeout
        }
    }

    /// What its tools' names begin with, and what it is called in errors.
    public var name: String
    /// How it is reached.
    public var transport: Transport
    /// The tools to offer, by the server's own names; empty for all.
    public var enabledTools: [String]
    /// What stood for placeholders outside of ``Transport``'s secret places: hidden in texts as those are.
    var filledValues: Set<String> = []

    /// Describes a server.
    public init(name: String, transport: Transport, enabledTools: [String] = []) {
        self.name = name
        self.transport = transport
        self.enabledTools = enabledTools
    }

    /// The configuration with the values that its placeholders name, which texts of errors will not show.
    ///
    /// - Throws: ``Placeholders/Missing`` with every name that `values` lacks.
    public func filled(from values: [String: String]) throws(Placeholders.Missing) -> MCPServerConfiguration {
        var filler = Placeholders.Filler(values: values)
        var filled = self
        switch transport {
        case .stdio(var server):
            server.command = filler.fill(server.command)
            server.arguments = server.arguments.map { filler.fill($0) }
            server.environment = server.environment.mapValues { filler.fill($0) }
            server.workingDirectory = server.workingDirectory.map { filler.fill($0) }
            filled.transport = .stdio(server)
        case .http(var server):
            server.url = filler.fill(server.url)
            server.headers = server.headers.mapValues { filler.fill($0) }
            server.query = server.query.mapValues { filler.fill($0) }
            filled.transport = .http(server)
        }
        try filler.check()
        filled.filledValues.formUnion(filler.used)
        return filled
    }

    /// What must not appear in a text: what the environment, the headers, the query and the placeholders hold.
    var secrets: Set<String> {
        switch transport {
        case .stdio(let server): filledValues.union(server.environment.values)
        case .http(let server): filledValues.union(server.headers.values).union(server.query.values)
        }
    }
}
