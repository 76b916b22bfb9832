"""Page types, and the images and documents they use."""

from home.models.article import ArticlePage, ArticleTag
from home.models.front import HomePage
from home.models.media import CustomDocument, CustomImage, CustomRendition, DocumentTag, ImageTag
from home.models.section import SectionPage
from home.models.standard import StandardPage

__all__ = [
    "ArticlePage",
    "ArticleTag",
    "CustomDocument",
    "CustomImage",
    "CustomRendition",
    "DocumentTag",
    "HomePage",
    "ImageTag",
    "SectionPage",
    "StandardPage",
]
