using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;
using ClipSharp.ZeroShot;
using Microsoft.AspNetCore.Http.Features;

namespace ClipSharp.Server.Endpoints;

/// <summary>An upload as <c>curl -F</c> and pages send it: files as <c>image</c>, names as <c>labels</c> between commas or a
/// field each, or a <c>classifier</c>, <c>templates</c>, <c>top</c>,
/// <c>softmax</c>.</summary>
internal static class ZeroShotForm
{
    private static readonly string[] Fields = ["labels", "classifier", "templates", "top", "softmax", "model"];

    /// <summary>Reads the form; all of it stays in memory, for a server writes no stranger's file to disk.</summary>
    /// <exception cref="RequestFault">It is no form, or has other fields.</exception>
    public static async Task<ZeroShotRequest> ReadAsync(HttpRequest request, RequestScope scope)
    {
        var form = await FormAsync(request, scope).ConfigureAwait(false);
        if (form.Keys.FirstOrDefault(key => !Fields.Contains(key)) is { } odd)
        {
            throw RequestFault.Bad(odd.Length > 100 ? odd[..100] : odd,
                $"there is no such field; known are image (files), {string.Join(", ", Fields)}.");
        }

        int? top = form["top"] switch
        {
            [] => null,
            [{ } digits] when int.TryParse(digits, out var number) => number,
            _ => throw RequestFault.Bad("top", "one whole number is expected."),
        };
        bool? softmax = form["softmax"] switch
        {
            [] => null,
            [{ } word] when bool.TryParse(word, out var isSoftmax) => isSoftmax,
            _ => throw RequestFault.Bad("softmax", "true or false is expected."),
        };
        return new ZeroShotRequest(
            [.. form.Files.Select(Picture)],
            form["labels"] is { Count: > 0 } labels
                ? new Texts([.. labels.SelectMany(list => ClassNames.Parse(list ?? "", "labels"))]) : null,
            form["classifier"] is [{ } classifier] ? classifier : null,
            form["templates"] is { Count: > 0 } templates ? new Texts([.. templates.Select(text => text ?? "")]) : null,
            top, form["model"] is [{ } model] ? model : null, Softmax: softmax);
    }

    private static async Task<IFormCollection> FormAsync(HttpRequest request, RequestScope scope)
    {
        var limits = scope.Limits;
        var feature = new FormFeature(request, new FormOptions
        {
            BufferBody = false,
            MemoryBufferThreshold = (int)Math.Min(limits.BodyBytes + 1, int.MaxValue), // beyond it a file would go to disk
            MultipartBodyLengthLimit = limits.BodyBytes,
            ValueCountLimit = limits.Labels + limits.Templates + limits.Pictures + Fields.Length,
            ValueLengthLimit = (int)Math.Min(limits.BodyBytes, int.MaxValue),
            KeyLengthLimit = 256,
        });
        try
        {
            var form = await feature.ReadFormAsync(scope.Arriving).ConfigureAwait(false);
            scope.HasArrived();
            return form;
        }
        catch (InvalidDataException)
        {
            throw RequestFault.Bad("body", "no proper form: a part is broken, too long, or there are too many.");
        }
        catch (NotSupportedException)
        {
            throw RequestFault.Bad("body", "the name of a file is in an encoding that is not read, such as UTF-7.");
        }
        catch (IOException e) when (e is not BadHttpRequestException && !scope.CallerHasLeft)
        {
            throw RequestFault.Bad("body", "the form ends early.");
        }
    }

    private static PictureInput Picture(IFormFile file)
    {
        if (file.Name is not ("image" or "images"))
        {
            throw RequestFault.Bad("body", "files of a form are called image.");
        }

        using var content = file.OpenReadStream();
        var bytes = new byte[file.Length]; // what arrived, not what was announced
        content.ReadExactly(bytes);
        return new PictureInput(bytes);
    }
}
