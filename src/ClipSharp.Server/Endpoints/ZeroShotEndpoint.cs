using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;
using ClipSharp.Server.Telemetry;
using ClipSharp.ZeroShot;

namespace ClipSharp.Server.Endpoints;

/// <summary>What <c>POST /v1/zero-shot</c> is asked; as a form the fields are of the same names, <c>image</c> a file
/// each.</summary>
/// <param name="Images">Pictures as data URLs or base64.</param>
/// <param name="Labels">Names to choose from.</param>
/// <param name="Classifier">The name of a stored classifier, instead of labels and templates.</param>
/// <param name="Templates">Sentences with {} for the name, averaged; none = "a photo of a {}.".</param>
/// <param name="Top">How many names a picture; none = all.</param>
/// <param name="Model">Echoed.</param>
/// <param name="Vectors">Vectors of pictures from /v1/embeddings, in place of the pictures.</param>
/// <param name="Softmax">Choose among the names with a sigmoid model too.</param>
internal sealed record ZeroShotRequest(
    [property: JsonPropertyName("images")] IReadOnlyList<PictureInput>? Images = null,
    [property: JsonPropertyName("labels")] Texts? Labels = null,
    [property: JsonPropertyName("classifier")] string? Classifier = null,
    [property: JsonPropertyName("templates")] Texts? Templates = null,
    [property: JsonPropertyName("top")] int? Top = null,
    [property: JsonPropertyName("model")] string? Model = null,
    [property: JsonPropertyName("vectors")] IReadOnlyList<EmbeddingVector>? Vectors = null,
    [property: JsonPropertyName("softmax")] bool? Softmax = null);

/// <summary>What the pictures are taken for.</summary>
internal sealed record ZeroShotReply(
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("results")] IReadOnlyList<NamedPicture> Results);

/// <summary>What one picture is taken for.</summary>
/// <param name="Index">The picture's number, from 0.</param>
/// <param name="Predictions">Likeliest first; the probabilities of all labels sum to 1, but of a sigmoid model each stands by
/// itself.</param>
internal sealed record NamedPicture(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("predictions")] IReadOnlyList<NamedLabel> Predictions);

/// <summary>A label and how likely it is.</summary>
internal sealed record NamedLabel(
    [property: JsonPropertyName("label")] string Label,
    [property: JsonPropertyName("probability")] double Probability);

/// <summary><c>POST /v1/zero-shot</c>: names for pictures out of any labels.</summary>
internal static class ZeroShotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/zero-shot", Answer)
        .WithSummary("Names pictures in plain words.")
        .Accepts<ZeroShotRequest>("application/json", "multipart/form-data")
        .Produces<ZeroShotReply>();

    private static async Task<IResult> Answer(HttpContext context, ServedModel served, RequestBody body)
    {
        var scope = RequestScope.Of(context);
        var asked = context.Request.HasFormContentType
            ? await ZeroShotForm.ReadAsync(context.Request, scope).ConfigureAwait(false)
            : await body.ReadAsync<ZeroShotRequest>(context, scope).ConfigureAwait(false);
        var (images, known) = (asked.Images ?? [], asked.Vectors ?? []);
        var stored = Stored(asked, served.Classifiers);
        var prompts = stored is null ? Prompts(asked, scope.Limits) : null;
        _ = stored is null ? served.Tokenizer : null; // a stored one needs no texts
        if ((images.Count > 0) == (known.Count > 0))
        {
            throw RequestFault.Bad("images", known.Count == 0 ? "there is none." : "give images or vectors, not both.");
        }

        if (images.Count + known.Count > scope.Limits.Pictures)
        {
            throw RequestFault.TooMany("images", images.Count + known.Count, scope.Limits.Pictures);
        }

        var top = asked.Top ?? int.MaxValue;
        if (top < 1)
        {
            throw RequestFault.Bad("top", "1 or more is expected.");
        }

        scope.Place.Add(images.Count, prompts is null || served.Classifiers.Has(prompts) ? 0
            : prompts.Texts.SelectMany(texts => texts).Sum(text => ItemEncoder.MostTokens(served.Clip, text)));
        using var encoding = ServerTrace.Start("encode");
        var vectors = known.Count > 0 ? Vectors(known, served.Clip.Encoder.EmbedDim)
            : await served.Clip.EncodeImagesAsync([.. images.Select(image => image.Bytes)], scope.Cancel).ConfigureAwait(false);
        var classifier = stored
            ?? await served.Classifiers.GetAsync(served.Clip, prompts!, scope.Cancel).ConfigureAwait(false);
        var logits = asked.Softmax is true ? served.Clip.Logits.Softmax() : served.Clip.Logits;
        var named = classifier.Top(vectors, logits, top);
        var reply = new ZeroShotReply(asked.Model ?? served.Options.ShownName, [.. named.Select((predictions, index) =>
            new NamedPicture(index, [.. predictions.Select(each => new NamedLabel(each.Label, each.Probability))]))]);
        return TypedResults.Json(reply, ServerJson.Default.ZeroShotReply);
    }

    private static Embeddings Vectors(IReadOnlyList<EmbeddingVector> given, int dimension)
    {
        if (given.FirstOrDefault(vector => vector.Values.Length != dimension) is { } other)
        {
            throw RequestFault.Bad("vectors", FormattableString.Invariant(
                $"found {other.Values.Length} numbers, the model's vectors have {dimension}."));
        }

        var numbers = new float[given.Count * dimension];
        foreach (var (row, vector) in given.Index())
        {
            var length = TensorPrimitives.Norm(vector.Values);
            if (!float.IsFinite(length) || length == 0)
            {
                throw RequestFault.Bad("vectors", "finite numbers are expected, not all 0.");
            }

            TensorPrimitives.Divide(vector.Values, length, numbers.AsSpan(row * dimension));
        }

        return new Embeddings(numbers, dimension);
    }

    private static ZeroShotClassifier? Stored(ZeroShotRequest asked, ClassifierStore classifiers) => asked switch
    {
        { Classifier: null } => null,
        { Labels: null, Templates: null } => classifiers.Named(asked.Classifier),
        _ => throw RequestFault.Bad("classifier", "it has labels and templates of its own: leave these out."),
    };

    private static ClassPrompts Prompts(ZeroShotRequest asked, ServerLimits limits)
    {
        var labels = asked.Labels?.Items ?? [];
        var templates = asked.Templates?.Items ?? [PromptTemplate.Default.Text];
        if (labels.Count > limits.Labels)
        {
            throw RequestFault.TooMany("labels", labels.Count, limits.Labels);
        }

        if (templates.Count > limits.Templates)
        {
            throw RequestFault.TooMany("templates", templates.Count, limits.Templates);
        }

        if ((long)labels.Count * templates.Count > limits.Prompts)
        {
            throw RequestFault.TooMany("labels times templates", (long)labels.Count * templates.Count, limits.Prompts);
        }

        foreach (var text in labels.Concat(templates))
        {
            ItemEncoder.CheckText(text, "labels and templates", limits);
        }

        // Small texts multiply: a thousand names in a few long sentences would take hundreds of megabytes.
        var characters = labels.Sum(label => (long)label.Length * templates.Count)
            + templates.Sum(template => (long)template.Length * labels.Count);
        if (characters > limits.BodyBytes)
        {
            throw RequestFault.TooMany("characters of labels in templates", characters, limits.BodyBytes);
        }

        return ClassPrompts.Fill(labels, [.. templates.Select(text => PromptTemplate.Parse(text, "templates"))]);
    }
}
