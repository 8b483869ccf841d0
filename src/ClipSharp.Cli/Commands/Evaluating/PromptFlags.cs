using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Evaluation;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>What stands for the classes of a data set; bound to <see cref="BenchmarkOptions"/>.</summary>
internal sealed class PromptFlags
{
    private readonly Option<string?> _classnames = new("--classnames")
    {
        Description = "A file of class names, one a line; else classnames.txt beside the split or in its parent folder.",
        HelpName = "path",
    };

    private readonly Option<string?> _templates = new("--templates")
    {
        Description = "A file of templates, one a line; else zeroshot_classification_templates.txt at the same places.",
        HelpName = "path",
    };

    private readonly Option<string[]> _template = new("--template")
    {
        Description = "Templates instead of a file. For retrieval one: the sentence round a caption.",
        HelpName = "text",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _customClassnames = new("--custom-classname-file")
    {
        Description = "CLIP_benchmark's JSON with the class names of many sets.",
        HelpName = "path",
    };

    private readonly Option<string?> _customTemplates = new("--custom-template-file")
    {
        Description = "CLIP_benchmark's JSON with the templates of many sets.",
        HelpName = "path",
    };

    private readonly Option<string?> _promptsPage = new("--prompts-page")
    {
        Description = "OpenAI's prompts.md, for sets that have no names or templates beside them.",
        HelpName = "path",
    };

    private readonly Option<string?> _prompts = SharedOptions.Prompts();

    /// <summary>Adds the options.</summary>
    /// <param name="command">To this.</param>
    /// <param name="withSentences">Whether classes may have sentences of their own instead of templates.</param>
    public void AddTo(Command command, bool withSentences = true)
    {
        foreach (var option in (Option[])[_classnames, _templates, _template, .. withSentences ? [_prompts] : (Option[])[],
            _customClassnames, _customTemplates, _promptsPage])
        {
            command.Options.Add(option);
        }
    }

    public BenchmarkOptions Bind(ParseResult parsed, BenchmarkOptions options) => options with
    {
        Classnames = parsed.GetValue(_classnames),
        Templates = parsed.GetValue(_templates),
        Template = parsed.GetValue(_template) ?? [],
        Prompts = parsed.GetValue(_prompts),
        CustomClassnameFile = parsed.GetValue(_customClassnames),
        CustomTemplateFile = parsed.GetValue(_customTemplates),
        PromptsPage = parsed.GetValue(_promptsPage),
    };
}
