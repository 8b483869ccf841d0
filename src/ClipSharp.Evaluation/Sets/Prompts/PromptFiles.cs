namespace ClipSharp.Evaluation.Sets.Prompts;

/// <summary>Files that a user names for class names and templates; the names are those of the flags. All may be null.</summary>
public sealed record PromptFiles
{
    /// <summary>A list of class names, one a line.</summary>
    public string? Classnames { get; init; }

    /// <summary>A list of templates, one a line.</summary>
    public string? Templates { get; init; }

    /// <summary>CLIP_benchmark's <c>--custom_classname_file</c>: a JSON object from a set's name to the list of its class names,
    /// such as its <c>en_classnames.json</c>.</summary>
    public string? CustomClassnameFile { get; init; }

    /// <summary>CLIP_benchmark's <c>--custom_template_file</c>: a JSON object from a set's name to the list of its templates,
    /// such as its <c>en_zeroshot_classification_templates.json</c>, or to an object with the sentences of each class, as its
    /// <c>cupl_prompts.json</c>.</summary>
    public string? CustomTemplateFile { get; init; }

    /// <summary>OpenAI's <c>data/prompts.md</c>, for what neither these nor the set's folder say.</summary>
    public string? PromptsPage { get; init; }
}
