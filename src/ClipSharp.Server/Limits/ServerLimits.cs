namespace ClipSharp.Server.Limits;

/// <summary>Every limit and its default, in the order in which a request meets them; docs/serving.md says what status answers
/// whoever goes beyond. What is not limited here is limited by memory, which a stranger would then choose.</summary>
public sealed class ServerLimits
{
    /// <summary>Connections at once; more are closed as they come.</summary>
    public int Connections { get; set; } = 256;

    /// <summary>Bytes of a request's body.</summary>
    public long BodyBytes { get; set; } = 10 << 20;

    /// <summary>Requests that are read, wait or compute at once.</summary>
    public int Requests { get; set; } = 128;

    /// <summary>Bytes of the bodies of all of these. A body of unknown length counts as the largest.</summary>
    public long WaitingBytes { get; set; } = 256 << 20;

    /// <summary>Pictures that wait or compute at once.</summary>
    public int WaitingPictures { get; set; } = 1024;

    /// <summary>Tokens that wait or compute at once, counted before tokenizing as the most that the texts can be.</summary>
    public long WaitingTokens { get; set; } = 1 << 18;

    /// <summary>How long a body may take to arrive.</summary>
    public TimeSpan BodyTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a caller waits for the answer, the body included.</summary>
    public TimeSpan AnswerTime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long requests under way may go on when the server is told to end.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Levels of a JSON document.</summary>
    public int JsonDepth { get; set; } = 32;

    /// <summary>Texts of a request.</summary>
    public int Texts { get; set; } = 256;

    /// <summary>Bytes of a text, in UTF-8.</summary>
    public int TextBytes { get; set; } = 8 << 10;

    /// <summary>Pictures of a request.</summary>
    public int Pictures { get; set; } = 64;

    /// <summary>Pixels of a picture; each takes up to 8 bytes while it is decoded.</summary>
    public long PicturePixels { get; set; } = 1 << 25;

    /// <summary>Class names of a request.</summary>
    public int Labels { get; set; } = 1000;

    /// <summary>Sentences round a name.</summary>
    public int Templates { get; set; } = 100;

    /// <summary>Class names times sentences.</summary>
    public int Prompts { get; set; } = 10_000;

    /// <summary>Classifiers that are kept, those of the labels asked for last.</summary>
    public int Classifiers { get; set; } = 8;

    /// <summary>Pictures found by a search.</summary>
    public int Results { get; set; } = 1000;

    /// <summary>How far down a search may be read, page by page.</summary>
    public int Depth { get; set; } = 100_000;

    /// <summary>Refuses limits under which nothing could be answered.</summary>
    /// <exception cref="ClipException">One is below 1, or a time is none.</exception>
    internal ServerLimits Validated()
    {
        (string Name, long Value)[] counts =
        [
            (nameof(Connections), Connections), (nameof(BodyBytes), BodyBytes), (nameof(Requests), Requests),
            (nameof(WaitingBytes), WaitingBytes), (nameof(WaitingPictures), WaitingPictures),
            (nameof(WaitingTokens), WaitingTokens), (nameof(JsonDepth), JsonDepth), (nameof(Texts), Texts),
            (nameof(TextBytes), TextBytes), (nameof(Pictures), Pictures), (nameof(PicturePixels), PicturePixels),
            (nameof(Labels), Labels), (nameof(Templates), Templates), (nameof(Prompts), Prompts),
            (nameof(Classifiers), Classifiers), (nameof(Results), Results), (nameof(Depth), Depth),
            (nameof(BodyTime), BodyTime.Ticks), (nameof(AnswerTime), AnswerTime.Ticks), (nameof(DrainTime), DrainTime.Ticks),
        ];
        return Array.Find(counts, limit => limit.Value < 1) is { Name: { } name, Value: var value }
            ? throw new ClipException(ClipError.Config, "A limit allows nothing", $"ClipSharp:Limits:{name}", $"{value}",
                "1 or more", "Leave it out for the default.")
            : this;
    }
}
