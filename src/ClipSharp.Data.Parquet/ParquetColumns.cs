using ClipSharp.Data.Sources.Tables;
using Parquet.Schema;

namespace ClipSharp.Data.Parquet;

/// <summary>Which columns hold what: those that the options name, else the usual names, as in tables.</summary>
/// <param name="Picture">Bytes of picture files; of a struct its <c>bytes</c>, as the hub has it.</param>
/// <param name="Name">The picture's file name, <c>path</c> of that struct; or null.</param>
/// <param name="Caption">A text or a list of texts; or null.</param>
/// <param name="Class">A number; or null.</param>
internal sealed record ParquetColumns(DataField Picture, DataField? Name, DataField? Caption, DataField? Class)
{
    private static readonly DataOptions Standard = new();

    private static readonly string[] PictureNames =
        ["image", "jpg", "jpeg", "png", "webp", "img", "picture", "image_bytes", "img_bytes", "bytes"];

    private static readonly string[] ClassNames = ["label", "cls", "class"];

    /// <summary>What was chosen, in words, as the options that would choose it.</summary>
    public string Chosen => $"pictures are in \"{Picture.Path.FirstPart}\""
        + (Caption is null ? "" : $" and captions in \"{Caption.Path.FirstPart}\"")
        + $" (--csv-img-key {Picture.Path.FirstPart}{(Caption is null ? "" : $" --csv-caption-key {Caption.Path.FirstPart}")})";

    /// <summary>Whether these are the columns that the options name.</summary>
    public bool AreAsSaid(DataOptions options) =>
        Picture.Path.FirstPart == options.CsvImgKey && (Caption is null || Caption.Path.FirstPart == options.CsvCaptionKey);

    /// <summary>All columns of a file, for messages.</summary>
    public static string Listed(ParquetSchema schema) => string.Join(" | ", schema.Fields.Select(field => field.Name));

    /// <summary>Finds them.</summary>
    /// <param name="schema">The file's.</param>
    /// <param name="options">What the user says.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="ClipException">There is no column of pictures, or a column that is named is not there.</exception>
    public static ParquetColumns Of(ParquetSchema schema, DataOptions options, string path)
    {
        var binary = schema.DataFields.Where(IsPicture).ToList();
        var isPictureNamed = options.CsvImgKey != Standard.CsvImgKey;
        var picture = First(binary, isPictureNamed ? [options.CsvImgKey] : PictureNames)
            ?? (!isPictureNamed && binary.Count == 1 ? binary[0] : null)
            ?? throw Missing("picture files", "--csv-img-key");
        var isCaptionNamed = options.CsvCaptionKey != Standard.CsvCaptionKey;
        var caption = First(schema.DataFields.Where(IsText), isCaptionNamed ? [options.CsvCaptionKey] : TableHead.CaptionNames);
        if (caption is null && isCaptionNamed)
        {
            throw Missing("texts, or lists of texts,", "--csv-caption-key");
        }

        var names = schema.DataFields.Where(field => IsPart(field, picture.Path.FirstPart!, "path") && IsString(field));
        var classes = schema.DataFields.Where(field => field.Path.Length == 1 && ColumnValues.IsWhole(field.ClrType));
        return new ParquetColumns(picture, names.FirstOrDefault(), caption, First(classes, ClassNames));

        ClipException Missing(string what, string flag) => new(ClipError.Data, "A Parquet file lacks a column", path,
            Listed(schema), $"a column of {what} as {flag} says, or with a usual name", $"Say which it is with {flag}.");
    }

    // The first of some names that a column has.
    private static DataField? First(IEnumerable<DataField> fields, IEnumerable<string> names) => names
        .Select(name => fields.FirstOrDefault(field => field.Path.FirstPart == name)).FirstOrDefault(field => field is not null);

    // Bytes by themselves, or "bytes" of a struct.
    private static bool IsPicture(DataField field) => field.ClrType == typeof(ReadOnlyMemory<byte>)
        && field.MaxRepetitionLevel == 0 && (field.Path.Length == 1 || (field.Path.Length == 2 && field.Name == "bytes"));

    // A text, or a list of them: the middle part of its path is the list's own.
    private static bool IsText(DataField field) => IsString(field)
        && (field.MaxRepetitionLevel == 0 ? field.Path.Length == 1 : field.MaxRepetitionLevel == 1 && field.Path.Length <= 3);

    private static bool IsPart(DataField field, string whole, string part) =>
        field.Path.Length == 2 && field.Path.FirstPart == whole && field.Name == part;

    private static bool IsString(DataField field) => field.ClrType == typeof(ReadOnlyMemory<char>);
}
