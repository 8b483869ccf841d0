using ClipSharp.Evaluation.Tasks.ManyLabels;
using ClipSharp.Evaluation.Tasks.Selection;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>The tasks that are known by name.</summary>
public static class EvaluationTasks
{
    /// <summary>Naming pictures by sentences about the classes.</summary>
    public const string ZeroShot = "zeroshot_classification";

    /// <summary>Finding pictures by captions and captions by pictures.</summary>
    public const string Retrieval = "zeroshot_retrieval";

    /// <summary>How far probabilities of naming can be believed.</summary>
    public const string Calibration = "calibration";

    /// <summary>Naming pictures by a linear classifier of their features.</summary>
    public const string LinearProbe = "linear_probe";

    /// <summary>Naming pictures by the nearest training pictures.</summary>
    public const string Neighbors = "knn";

    /// <summary>Telling all that is in a picture.</summary>
    public const string Multilabel = "multilabel";

    /// <summary>Choosing captions for pictures, and pictures for captions.</summary>
    public const string Selection = "image_caption_selection";

    private static readonly IEvaluationTask[] Known =
    [
        new ZeroShotClassification(),
        new CaptionRetrieval(),
        new Tasks.LinearProbe(),
        new FewShotProbe(),
        new NearestNeighborVote(),
        new ZeroShotCalibration(),
        new MultilabelClassification(),
        new ImageCaptionSelection(),
    ];

    // Shorter words for the same.
    private static readonly Dictionary<string, string> Short = new()
    {
        ["zeroshot"] = ZeroShot,
        ["retrieval"] = Retrieval,
        ["probe"] = LinearProbe,
        ["captions"] = Selection,
    };

    /// <summary>All names, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(task => task.Name)];

    /// <summary>Names and shorter words for them.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Names, .. Short.Keys];

    /// <summary>A task.</summary>
    /// <param name="name">One of <see cref="Words"/>.</param>
    /// <param name="option">Where it was named, for the message.</param>
    /// <exception cref="ClipException">It is not known.</exception>
    public static IEvaluationTask Find(string name, string option = "--task")
    {
        ArgumentNullException.ThrowIfNull(name);
        var full = Short.GetValueOrDefault(name, name);
        return Known.FirstOrDefault(task => task.Name == full) ?? throw new ClipException(ClipError.Usage,
            "There is no such task", option, name, string.Join(", ", Names), "Choose one of them.");
    }
}
