/// What an agent is: how it is to behave, and what it may use. Field names are those of Stigmer's `AgentSpec`.
public struct AgentDefinition: Sendable, Equatable {
    /// What it is for.
    public var description = ""
    /// Where its picture is.
    public var iconURL = ""
    /// How it is to behave.
    public var instructions = ""
    /// The MCP servers whose tools it has.
    public var servers: [Server] = []
    /// The agents that it may hand work to.
    public var subAgents: [SubAgent] = []
    /// Its skills: names of folders among the runner's skills, or, in a file alone, paths of folders.
    public var skills: [String] = []
    /// The runner's own tools that it has, by name.
    public var tools: [String] = []
    /// How much it may do.
    public var limits = Limits()

    /// An agent of which nothing is said: a helpful assistant without tools.
    public init() {}

    /// An MCP server, and how it is reached.
    public struct Server: Sendable, Equatable {
        /// What its tools are named after.
        public var name = ""
        /// How it is reached; both or none only before the definition has been checked.
        public var stdio: Stdio?
        /// How it is reached; both or none only before the definition has been checked.
        public var http: HTTP?
        /// The tools of it that the agent has; without any, all.
        public var enabledTools: [String] = []

        /// A program that speaks MCP on its standard streams.
        public struct Stdio: Sendable, Equatable {
            /// The program.
            public var command = ""
            /// Its arguments.
            public var arguments: [String] = []
            /// Its environment; `${NAME}` stands for a value of the request's `runtime_env`.
            public var environment: [String: String] = [:]
            /// The folder that it starts in; empty for the runner's choice.
            public var workingFolder = ""

            /// Nothing yet.
            public init() {}
        }

        /// A server that is there already.
        public struct HTTP: Sendable, Equatable {
            /// Where it is, `http` or `https`.
            public var url = ""
            /// Headers of each request, with placeholders.
            public var headers: [String: String] = [:]
            /// Parameters of its address, with placeholders.
            public var query: [String: String] = [:]
            /// How long a call may take, in seconds; 0 for as configured.
            public var timeoutSeconds = 0

            /// Nothing yet.
            public init() {}
        }

        /// Nothing yet.
        public init() {}
    }

    /// An agent that another one may hand work to.
    public struct SubAgent: Sendable, Equatable {
        /// What it is called by.
        public var name = ""
        /// What it is for.
        public var description = ""
        /// How it is to behave.
        public var instructions = ""
        /// The MCP servers that it has, by name, of those that the agent has.
        public var servers: [String] = []
        /// By server's name: the tools of it that it has. Without an entry, those that the agent has.
        public var enabledTools: [String: [String]] = [:]

        /// Nothing yet.
        public init() {}
    }

    /// How much an agent may do in one execution.
    public struct Limits: Sendable, Equatable {
        /// The most turns of model and tools.
        public var maxSteps = 1_000
        /// The most tokens of all its model calls together; nil for no limit of its own.
        public var maxTokens: Int?
        /// Whether its commands reach the network.
        public var allowsNetwork = false

        /// The usual limits.
        public init() {}
    }
}
