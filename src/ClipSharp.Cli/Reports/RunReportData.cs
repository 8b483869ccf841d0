using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Reports;

/// <summary>What the page of a run shows. Texts may hold anything: they are escaped.</summary>
internal sealed record RunReportData
{
    /// <summary>The head line.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence or two below it.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Short facts, such as ("Machine", "2 cores, 8 GB").</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>The figure the page is about, or null for a run that was only trained.</summary>
    public HeadlineAccuracy? Accuracy { get; init; }

    /// <summary>The curves.</summary>
    public required RunHistory History { get; init; }

    /// <summary>Pairs a batch: a model that guesses has the loss ln of it. Null leaves that line out.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Some pictures with what the model says of them.</summary>
    public IReadOnlyList<PicturePrediction> Predictions { get; init; } = [];

    /// <summary>How the pictures were chosen: a reader shall know whether they are the best ones.</summary>
    public string PredictionsNote { get; init; } = "";
}

/// <summary>How many held-out pictures got the right name first.</summary>
/// <param name="Correct">Pictures named rightly.</param>
/// <param name="Pictures">Pictures in all.</param>
/// <param name="Classes">Names to choose from; guessing is right once in so many.</param>
/// <param name="Meaning">A sentence that says what was counted.</param>
internal sealed record HeadlineAccuracy(int Correct, int Pictures, int Classes, string Meaning)
{
    /// <summary>The share named rightly, 0 to 1.</summary>
    public double Value => (double)Correct / Pictures;

    /// <summary>The share that guessing names rightly.</summary>
    public double Chance => 1.0 / Classes;
}

/// <summary>A picture, its true name and the names the model gives it.</summary>
/// <param name="Picture">The file: PNG, JPEG, WebP or GIF.</param>
/// <param name="Truth">The true name.</param>
/// <param name="Top">The most probable names, the best first.</param>
internal sealed record PicturePrediction(byte[] Picture, string Truth, IReadOnlyList<Prediction> Top);
