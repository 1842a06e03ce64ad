import Configuration

/// Everything one source says: the request, the flags, the environment, a provider's own variables or the file.
struct Layer: Sendable {
    private var written: [SettingName: Written] = [:]

    /// A layer that says nothing.
    init() {}

    /// Asks `reader` for every setting; `place` names the key to ask for and the origin to remember.
    init(_ reader: ConfigReader, place: (SettingName) -> (key: ConfigKey, origin: String)) {
        for setting in SettingName.layered {
            let (key, origin) = place(setting)
            self[setting] = Written(
                reader.string(forKey: key, isSecret: setting.isSecret),
                origin: origin,
                isSecret: setting.isSecret
            )
        }
    }

    subscript(setting: SettingName) -> Written? {
        get { written[setting] }
        set { written[setting] = newValue }
    }
}
