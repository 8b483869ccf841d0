namespace ClipSharp.Hub;

/// <summary>Where the hub is, who asks, and where its files are kept.</summary>
/// <remarks>A class and no record: a record's text would show the token.</remarks>
public sealed class HubOptions
{
    private const string PublicHub = "https://huggingface.co";

    private readonly Uri _endpoint = new(PublicHub);
    private readonly string? _token;

    /// <summary>The hub's address, http or https.</summary>
    /// <exception cref="ClipException">It is no such address.</exception>
    public Uri Endpoint
    {
        get => _endpoint;
        init => _endpoint = value is { IsAbsoluteUri: true, Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" }
            ? value
            : throw new ClipException(ClipError.Config, "The hub's address cannot be used", "HF_ENDPOINT",
                value is { IsAbsoluteUri: true } ? $"{value.Scheme}://{value.Host}" : $"\"{value}\"",
                $"an http or https address such as {PublicHub}", "Correct it, or leave it out for the public hub.");
    }

    /// <summary>The access token, or null. It goes to the endpoint's host only, by https or on this machine.</summary>
    /// <exception cref="ClipException">It holds characters that no token has.</exception>
    public string? Token
    {
        get => _token;
        init => _token = value is null || value.All(c => c is > ' ' and <= '~')
            ? value
            : throw new ClipException(ClipError.Config, "The access token cannot be used", "HF_TOKEN",
                "characters that no token has", "letters, digits and '_'", "Copy it again from the settings of your account.");
    }

    /// <summary>The cache's folder, in the layout of huggingface_hub.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>True to use only what the cache holds.</summary>
    public bool IsOffline { get; init; }

    /// <summary>True to link a snapshot's files to the cache's blobs; false to copy them, as on disks without links.</summary>
    public bool UsesLinks { get; init; } = true;

    /// <summary>What huggingface_hub reads too: HF_ENDPOINT, HF_TOKEN or the token file, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE,
    /// HF_HUB_DISABLE_SYMLINKS.</summary>
    /// <exception cref="ClipException">A value cannot be used.</exception>
    public static HubOptions FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariable);

    internal static HubOptions FromEnvironment(Func<string, string?> environment)
    {
        // A user without a home: the root, never the folder that happens to be current.
        var profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } own
            ? own
            : Path.GetFullPath("/");
        var home = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(profile, ".cache"), "huggingface");
        var endpoint = Value("HF_ENDPOINT") ?? PublicHub;
        return new HubOptions
        {
            Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
                ? uri
                : new Uri(endpoint, UriKind.RelativeOrAbsolute),
            Token = Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN")
                ?? TokenFile(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
            CacheFolder = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            IsOffline = IsOn("HF_HUB_OFFLINE"),
            UsesLinks = !IsOn("HF_HUB_DISABLE_SYMLINKS"),
        };

        string? Value(string name) => environment(name)?.Trim() is { Length: > 0 } value ? value : null;

        string? Folder(string name) => Value(name) is not { } value ? null
            : value == "~" || value.StartsWith("~/", StringComparison.Ordinal) ? profile + value[1..] : value;

        bool IsOn(string name) => Value(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
    }

    private static string? TokenFile(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // public repositories need none, and the others will say so
        }
    }
}
