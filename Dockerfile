# Two stages: what builds stays behind. Base image and requirements are pinned; nothing is fetched at start.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=krate_site.settings.production
RUN useradd --system --create-home --home-dir /app krate
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=krate . .
# Static files need no real secrets, only that the settings load; nothing of it stays in the image.
RUN mkdir -p var/media && chown -R krate var && \
    SECRET_KEY=build KRATE_ENCRYPTION_KEYS=$(python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())") \
    python manage.py collectstatic --no-input && chown -R krate var
USER krate
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["gunicorn", "krate_site.wsgi"]
