extension Layer {
    /// A request's `spec.execution_config`.
    ///
    /// Its numbers are written out so that one set of checks reads every layer; Swift prints a Double so that the
    /// same one is read back.
    init(request: RequestSettings) {
        self.init()
        self[.model] = Written(request.modelName, origin: "\(Self.requestOrigin).model_name")
        self[.temperature] = Written(
            request.temperature.map { "\($0)" },
            origin: "\(Self.requestOrigin).temperature"
        )
        self[.maxTokens] = Written(request.maxTokens.map { "\($0)" }, origin: "\(Self.requestOrigin).max_tokens")
    }

    /// What the origin of everything in a request begins with.
    static let requestOrigin = "request execution_config"
}
