using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Images;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>Hugging Face's <c>preprocessor_config.json</c> (CLIPImageProcessor and those of its kind): convert to RGB, resize,
/// crop the middle, rescale, normalise. SiglipImageProcessor crops nothing and takes other numbers for those that are
/// absent.</summary>
public static class HuggingFaceProcessor
{
    private const double ByteScale = 1.0 / 255;
    private const int Bilinear = 2, Bicubic = 3;

    private const string Clip = "CLIPImageProcessor", Siglip = "SiglipImageProcessor";

    // They name classes or say what the fields read below already say.
    private static readonly string[] Idle =
        ["image_processor_type", "feature_extractor_type", "processor_class", "_processor_class", "do_convert_rgb", "do_resize"];

    private static readonly string[] Read =
        ["size", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize", "image_mean",
            "image_std"];

    /// <summary>What the file says, with <see cref="Compat.HuggingFace"/>. A rescale factor other than 1/255
    /// goes into mean and deviation; members that are not understood are in <see cref="PreprocessConfig.Unknown"/>.</summary>
    /// <param name="json">The file's object.</param>
    /// <param name="where">Its path, for messages.</param>
    /// <exception cref="ClipException">A field asks for something else.</exception>
    public static PreprocessConfig Parse(JsonObject json, string where)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return ParseFields(json, where);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or JsonException or OverflowException)
        {
            throw Refusal(where, "a field", e.Message, "the fields of CLIPImageProcessor", e);
        }
    }

    /// <summary>The same as <c>preprocessor_config.json</c> of a CLIPImageProcessor.</summary>
    /// <param name="config">What is written.</param>
    /// <param name="modelSize">H × W of the model's pictures; used where <see cref="PreprocessConfig.Size"/> is 0.</param>
    /// <param name="isSiglip">Whether it is to be a SiglipImageProcessor's.</param>
    /// <exception cref="ClipException">It pads, has a background or pictures that are no squares, which Hugging Face's processor
    /// does not.</exception>
    public static JsonObject Write(PreprocessConfig config, Extent modelSize, bool isSiglip = false)
    {
        ArgumentNullException.ThrowIfNull(config);
        var size = config.Size == 0 ? modelSize : config.Size;
        var isPadded = config.ResizeMode == ResizeMode.Longest;
        if (isPadded || config.Background != Background.Drop)
        {
            throw Refusal("preprocess_cfg", isPadded ? "resize_mode" : "background",
                isPadded ? Spelling.Of(config.ResizeMode) : Spelling.Of(config.Background),
                "resize_mode shortest or squash and background drop, which are all that Hugging Face's processor has");
        }

        if (!size.IsSquare)
        {
            throw Refusal("preprocess_cfg", "size", $"{size}", "one side: transformers' models see squares");
        }

        var isSquash = config.ResizeMode == ResizeMode.Squash;
        var square = new JsonObject { ["height"] = size.Height, ["width"] = size.Width };
        var json = new JsonObject
        {
            ["crop_size"] = square.DeepClone(),
            ["do_center_crop"] = !isSquash,
            ["do_convert_rgb"] = true,
            ["do_normalize"] = true,
            ["do_rescale"] = true,
            ["do_resize"] = true,
            ["image_mean"] = new JsonArray([.. config.Mean.Select(value => JsonValue.Create(value))]),
            ["image_processor_type"] = isSiglip && isSquash ? Siglip : Clip,
            ["image_std"] = new JsonArray([.. config.Std.Select(value => JsonValue.Create(value))]),
            ["resample"] = config.Interpolation == ResampleFilter.Bilinear ? Bilinear : Bicubic,
            ["rescale_factor"] = ByteScale,
            ["size"] = isSquash
                ? square
                : new JsonObject { ["shortest_edge"] = config.ResizeSize == 0 ? size.Height : config.ResizeSize },
        };
        if (isSiglip && isSquash)
        {
            json.Remove("crop_size");
            json.Remove("do_center_crop");
        }

        return json;
    }

    private static PreprocessConfig ParseFields(JsonObject json, string where)
    {
        if (!Flag(json, "do_resize", true))
        {
            throw Refusal(where, "do_resize", "false", "true: a model's pictures have one size");
        }

        if (Flag(json, "do_flip_channel_order", false))
        {
            throw Refusal(where, "do_flip_channel_order", "true", "false");
        }

        var isSiglip = ((string?)json["image_processor_type"] ?? (string?)json["feature_extractor_type"] ?? "")
            .StartsWith(Siglip, StringComparison.Ordinal);
        var doesCrop = Flag(json, "do_center_crop", !isSiglip);
        var (shortest, square) = isSiglip && json["size"] is null ? (0, 224) : Size(json["size"], where);
        var crop = doesCrop ? Square(json["crop_size"], where) ?? 224 : 0;
        var config = new PreprocessConfig
        {
            Compat = Compat.HuggingFace,
            Interpolation = (int?)json["resample"] switch
            {
                null or Bicubic => ResampleFilter.Bicubic,
                Bilinear => ResampleFilter.Bilinear,
                var other => throw Refusal(where, "resample", $"{other}", "2 (bilinear) or 3 (bicubic)"),
            },
        };
        if (square is { } side)
        {
            (config.Size, config.ResizeMode) = (side, ResizeMode.Squash);
            _ = crop == 0 || crop == side ? 0 : throw Refusal(where, "crop_size", $"{crop}", $"the size {side} it is resized to");
        }
        else
        {
            config.Size = doesCrop ? crop
                : throw Refusal(where, "do_center_crop", "false", "true with size.shortest_edge: a model's pictures are square");
            config.ResizeSize = shortest == crop ? 0 : shortest >= crop ? shortest
                : throw Refusal(where, "size", $"{shortest}", $"{crop} or more, the crop_size");
        }

        // (value · factor − mean) / deviation is (value / 255 − mean') / deviation' with both over 255 · factor.
        var factor = Flag(json, "do_rescale", true) ? (double?)json["rescale_factor"] ?? ByteScale : 1;
        var scale = Math.Abs((factor * 255) - 1) < 1e-9 ? 1 : factor * 255;
        var normalises = Flag(json, "do_normalize", true);
        var defaults = isSiglip ? new PreprocessConfig { Mean = [0.5, 0.5, 0.5], Std = [0.5, 0.5, 0.5] } : new PreprocessConfig();
        config.Mean = [.. (normalises ? Three(json["image_mean"]) ?? defaults.Mean : [0, 0, 0]).Select(value => value / scale)];
        config.Std = [.. (normalises ? Three(json["image_std"]) ?? defaults.Std : [1, 1, 1]).Select(value => value / scale)];
        foreach (var (name, value) in json.Where(member => !Idle.Contains(member.Key) && !Read.Contains(member.Key)))
        {
            (config.Unknown ??= [])[name] = JsonSerializer.SerializeToElement(value, ImagesJson.Default.JsonNode);
        }

        return config.Validated(where);
    }

    // A number is the short side; height and width are the whole size.
    private static (int Shortest, int? Square) Size(JsonNode? size, string where) => size switch
    {
        null => (224, null),
        JsonObject edges when edges.ContainsKey("shortest_edge") && !edges.ContainsKey("longest_edge") =>
            ((int?)edges["shortest_edge"] ?? throw new FormatException("shortest_edge is null"), null),
        JsonObject => (0, Square(size, where)),
        _ => ((int)size, null),
    };

    private static int? Square(JsonNode? size, string where) => size switch
    {
        null => null,
        JsonObject sides => sides is { Count: 2 } && (int?)sides["height"] is { } height && (int?)sides["width"] == height
            ? height
            : throw Refusal(where, "size", size.ToJsonString(), "height and width, equal, or shortest_edge"),
        JsonArray => throw Refusal(where, "size", size.ToJsonString(), "height and width, equal, or shortest_edge"),
        _ => (int)size,
    };

    private static IReadOnlyList<double>? Three(JsonNode? values) =>
        values is JsonArray list ? [.. list.Select(value => (double?)value
            ?? throw new FormatException("null among the numbers"))] : null;

    // null is what newer versions write for false.
    private static bool Flag(JsonObject json, string name, bool absent) =>
        json.TryGetPropertyValue(name, out var value) ? value is not null && (bool)value : absent;

    private static ClipException Refusal(string where, string name, string found, string expected, Exception? inner = null) =>
        new(ClipError.Config, string.Create(CultureInfo.InvariantCulture,
            $"The image processor has a {name} that is not supported"),
            where, found, expected, "Compare with the config the weights came with.", inner);
}
