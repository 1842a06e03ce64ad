/// How long a call to a model may wait, and for what. Each limit has its own error.
public struct ModelClocks: Sendable, Equatable {
    /// For the connection, name look-up and TLS included.
    public var connect: Duration
    /// From the request to the first piece of the answer; long, as a local model may have to be loaded.
    public var firstToken: Duration
    /// From one piece of the answer to the next.
    public var betweenTokens: Duration

    /// For the whole answer to a question that no model has to think about, once a connection is there: which models
    /// there are, what one is like.
    public var question: Duration = .seconds(30)
    /// For what may follow the provider's word that the answer is complete, where that word is not its last: the usage.
    public var afterEnd: Duration = .seconds(3)

    /// Creates clocks; the defaults are those of the house.
    public init(
        connect: Duration = .seconds(10),
        firstToken: Duration = .seconds(300),
        betweenTokens: Duration = .seconds(60)
    ) {
        self.connect = connect
        self.firstToken = firstToken
        self.betweenTokens = betweenTokens
    }
}
